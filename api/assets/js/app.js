// What pages do beyond HTML. Everything here makes something quicker that works without it too.

import { enableForms } from "./forms.js";
import { keepLive } from "./live.js";
import { enableSearch } from "./search.js";
import { showLocalTimes } from "./times.js";
import { enableUploads } from "./uploads.js";

showLocalTimes(document);
enableForms();
enableSearch();
enableUploads();
keepLive();
