// The server writes times in UTC; here they become the reader's.

const DAY_MS = 86_400_000;
const sameYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const otherYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.title = inFull.format(at);
    time.textContent = time.hasAttribute("data-day") ? otherYear.format(at) : short(at, new Date());
  }
}

function short(at, now) {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at >= midnight && at < midnight + DAY_MS) return timeOfDay.format(at);
  if (at >= midnight - DAY_MS && at < midnight) return `Yesterday, ${timeOfDay.format(at)}`;
  return (at.getFullYear() === now.getFullYear() ? sameYear : otherYear).format(at);
}
