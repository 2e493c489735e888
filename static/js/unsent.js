// Decisions that a lost connection left in this browser are sent by the review page; the other pages say that they wait.

import { n } from "./i18n.js";
import { countWaiting } from "./review/outbox.js";

const notice = document.querySelector("[data-unsent]");
const nWaiting = await countWaiting(notice.dataset.unsent);
if (nWaiting) {
  notice.querySelector("[data-part='count']").textContent = n(
    "%(n)s decision waits in this browser and counts nowhere yet.",
    "%(n)s decisions wait in this browser and count nowhere yet.",
    nWaiting,
  );
  notice.hidden = false;
}
