//! Cancellation scopes: a tree in which cancelling one cancels all below it.

use std::task::Waker;

/// Names a scope of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sdk) struct ScopeId(usize);

impl ScopeId {
    /// The scope that a cancel request to the run cancels.
    pub(in crate::sdk) const ROOT: ScopeId = ScopeId(0);
}

/// The scopes of one run. A scope comes after its parent.
#[derive(Debug)]
pub(super) struct Scopes(Vec<Scope>);

#[derive(Debug)]
struct Scope {
    parent: Option<ScopeId>,
    cancelled: bool,
    waiting: Vec<Waker>,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Scopes(vec![Scope {
            parent: None,
            cancelled: false,
            waiting: Vec::new(),
        }])
    }

    /// A scope within `parent`, or one that nothing but itself cancels.
    pub(super) fn open(&mut self, parent: Option<ScopeId>) -> ScopeId {
        let cancelled = parent.is_some_and(|parent| self.is_cancelled(parent));
        self.0.push(Scope {
            parent,
            cancelled,
            waiting: Vec::new(),
        });
        ScopeId(self.0.len() - 1)
    }

    pub(super) fn is_cancelled(&self, scope: ScopeId) -> bool {
        self.0[scope.0].cancelled
    }

    /// Cancels a scope and those below it; gives whoever waits for that.
    pub(super) fn cancel(&mut self, scope: ScopeId) -> Vec<Waker> {
        let mut woken = Vec::new();
        for index in scope.0..self.0.len() {
            let within = index == scope.0
                || self.0[index]
                    .parent
                    .is_some_and(|parent| self.is_cancelled(parent));
            if within {
                self.0[index].cancelled = true;
                woken.append(&mut self.0[index].waiting);
            }
        }
        woken
    }

    /// Wakes this waker when the scope is cancelled.
    pub(super) fn wait(&mut self, scope: ScopeId, waker: &Waker) {
        remember(&mut self.0[scope.0].waiting, waker);
    }
}

/// Adds a waker unless it is there already.
pub(super) fn remember(waiting: &mut Vec<Waker>, waker: &Waker) {
    if !waiting.iter().any(|other| other.will_wake(waker)) {
        waiting.push(waker.clone());
    }
}
