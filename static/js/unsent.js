// Decisions that a lost connection left in this browser are sent by the review page; the other pages say that they wait.

import { countWaiting } from "./review/outbox.js";

const notice = document.querySelector("[data-unsent]");
const n = await countWaiting(notice.dataset.unsent);
if (n) {
  notice.querySelector("[data-part='count']").textContent = n === 1 ? "1 decision waits" : `${n} decisions wait`;
  notice.hidden = false;
}
