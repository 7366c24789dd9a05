//! Brings tasks and pollers together, a list at a time: a queue of waiting pollers, or a queue of waiting tasks.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::model::{Fault, Identity, TaskPriority, Text, Timestamp};
use crate::store::{TaskKey, TaskKind, TaskRow};

use super::tasks::{Handed, Task};

/// Waiting tasks that a node keeps in memory a list; the rest waits in Postgres.
const BACKLOG_MAX: usize = 10_000;
/// Tasks kept a list that were started for pollers who went away; more time out.
const RETURNED_MAX: usize = 10_000;

/// Names a task list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListKey {
    /// The domain's row.
    pub domain: i32,
    /// Decision or activity tasks.
    pub kind: TaskKind,
    /// The list's name.
    pub name: Text,
}

impl ListKey {
    /// The list of a task.
    pub fn of(task: &TaskRow) -> Self {
        ListKey {
            domain: task.domain,
            kind: task.kind,
            name: task.task_list.clone(),
        }
    }
}

/// Somebody who waits for a task.
#[derive(Debug)]
pub struct Poller {
    /// Names it for a withdrawal.
    pub id: u64,
    /// Goes into the history.
    pub identity: Option<Identity>,
    /// Where the task goes; `None` says that none will come.
    pub reply: oneshot::Sender<Result<Option<Handed<Task>>, Fault>>,
    /// Cancelled once the caller wants to wait no longer.
    pub withdraw: CancellationToken,
}

impl Poller {
    /// Whether it is still good to let it wait.
    pub fn waits(&self) -> bool {
        !self.reply.is_closed() && !self.withdraw.is_cancelled()
    }

    /// Tells it that no task will come.
    pub fn send_away(self) {
        let _ = self.reply.send(Ok(None));
    }
}

/// A task that waits, in the order in which it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    priority: TaskPriority,
    scheduled_at: Timestamp,
    key: TaskKey,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let order = |of: &Self| {
            (
                std::cmp::Reverse(of.priority),
                of.scheduled_at,
                of.key.run,
                of.key.scheduled_event_id,
            )
        };
        order(self).cmp(&order(other))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Default)]
struct List {
    pollers: VecDeque<Poller>,
    backlog: BTreeSet<Waiting>,
    known: HashSet<TaskKey>,
    /// Started already, for pollers who went away.
    returned: VecDeque<Task>,
    /// Postgres may hold tasks of this list that are not in the backlog.
    more_in_postgres: bool,
}

impl List {
    fn next_poller(&mut self) -> Option<Poller> {
        std::iter::from_fn(|| self.pollers.pop_front()).find(|poller| !poller.reply.is_closed())
    }
}

/// All task lists that this node has seen.
#[derive(Debug, Default)]
pub struct Matcher {
    lists: HashMap<ListKey, List>,
}

impl Matcher {
    /// Takes a poller that waits on the list, if there is one.
    pub fn take_poller(&mut self, list: &ListKey) -> Option<Poller> {
        self.lists.get_mut(list)?.next_poller()
    }

    /// How many pollers wait on the list.
    pub fn pollers(&self, list: &ListKey) -> usize {
        self.lists.get(list).map_or(0, |list| list.pollers.len())
    }

    /// Takes a task that was started already and given back.
    pub fn take_returned(&mut self, list: &ListKey) -> Option<Task> {
        self.lists.get_mut(list)?.returned.pop_front()
    }

    /// Keeps a started task for the next poller of the list. False when there are too many of them.
    pub fn keep_returned(&mut self, list: ListKey, task: Task) -> bool {
        let returned = &mut self.lists.entry(list).or_default().returned;
        let room = returned.len() < RETURNED_MAX;
        if room {
            returned.push_back(task);
        }
        room
    }

    /// Takes the first waiting task of the list, and a poller for it, if there are both.
    pub fn pair(&mut self, list: &ListKey) -> Option<(TaskKey, Poller)> {
        let list = self.lists.get_mut(list)?;
        let key = list.backlog.first()?.key;
        let poller = list.next_poller()?;
        list.backlog.pop_first();
        list.known.remove(&key);
        Some((key, poller))
    }

    /// Lets a poller wait.
    pub fn add_poller(&mut self, list: ListKey, poller: Poller) {
        // A list that is new to this node may have tasks that other nodes left.
        let list = self.lists.entry(list).or_insert_with(|| List {
            more_in_postgres: true,
            ..List::default()
        });
        list.pollers.push_back(poller);
    }

    /// Takes back a poller that no longer waits.
    pub fn withdraw(&mut self, list: &ListKey, id: u64) -> Option<Poller> {
        let pollers = &mut self.lists.get_mut(list)?.pollers;
        let position = pollers.iter().position(|poller| poller.id == id)?;
        pollers.remove(position)
    }

    /// Lets a committed task wait.
    pub fn add_task(
        &mut self,
        list: &ListKey,
        key: TaskKey,
        priority: TaskPriority,
        scheduled_at: Timestamp,
    ) {
        let list = self.lists.entry(list.clone()).or_default();
        if list.backlog.len() >= BACKLOG_MAX {
            list.more_in_postgres = true;
        } else if list.known.insert(key) {
            list.backlog.insert(Waiting {
                priority,
                scheduled_at,
                key,
            });
        }
    }

    /// Other nodes left tasks somewhere.
    pub fn suspect_more(&mut self) {
        for list in self.lists.values_mut() {
            list.more_in_postgres = true;
        }
    }

    /// Postgres may have more tasks of this list.
    pub fn suspect_more_of(&mut self, list: &ListKey) {
        if let Some(list) = self.lists.get_mut(list) {
            list.more_in_postgres = true;
        }
    }

    /// Lists with pollers that Postgres may have tasks for, and how many could be used. Each is named once until
    /// there is new reason to look.
    pub fn hungry(&mut self) -> Vec<(ListKey, usize)> {
        let mut hungry = Vec::new();
        for (key, list) in &mut self.lists {
            if list.more_in_postgres && !list.pollers.is_empty() {
                list.more_in_postgres = false;
                hungry.push((key.clone(), list.pollers.len()));
            }
        }
        hungry
    }

    /// Pollers and tasks of this kind that wait.
    pub fn waiting(&self, kind: TaskKind) -> (usize, usize) {
        let of_kind = self.lists.iter().filter(|(key, _)| key.kind == kind);
        of_kind.fold((0, 0), |(pollers, tasks), (_, list)| {
            (pollers + list.pollers.len(), tasks + list.backlog.len())
        })
    }

    /// Ends all waiting.
    pub fn drain(&mut self) -> Vec<Poller> {
        self.lists
            .values_mut()
            .flat_map(|list| list.pollers.drain(..))
            .collect()
    }
}
