// The parts of the review screen and how each reports to the app.

import { arrive, beat, claim, confirm, refuse, send } from "./exchange.js";
import { History } from "./history.js";
import { Keymap } from "./keymap.js";
import { Outbox } from "./outbox.js";
import { Pace } from "./pace.js";
import { Painter } from "./paint.js";
import { Queue } from "./queue.js";
import { getText } from "./server.js";
import { Settings } from "./settings.js";
import { Status } from "./status.js";
import { Tab } from "./tabs.js";
import { Tray } from "./tray.js";

export function addParts(app, run) {
  const { root, scheme, config } = app;
  app.painter = new Painter({ scheme });
  app.status = new Status({ root, scheme });
  app.tray = new Tray({ root: root.querySelector("[data-part='tray']"), scheme, run });
  app.keymap = new Keymap(config.preferences.keys);
  app.pace = new Pace(config.project);
  app.settings = new Settings({
    root,
    form: root.querySelector("[data-part='settings']"),
    given: config.preferences,
    url: config.urls.preferences,
    onChange: () => app.update(),
  });
  app.history = new History({
    list: root.querySelector("[data-part='history']"),
    steps: config.history,
    pageUrl: config.urls.page,
    onOpen: (id) => app.open(id),
  });
  app.queue = new Queue({
    claim: (count, held, wanted) => claim(app, count, held, wanted),
    load: (id) => getText(config.urls.item.replace("/0/", `/${id}/`)),
    onArrival: () => arrive(app),
  });
  app.queue.isDoneQueue = config.queue.state === "done";
  app.tab = new Tab({ owner: `${config.user}:${config.project}`, onLost: () => app.lookOnly(), beat: () => beat(app) });
  app.outbox = new Outbox({
    owner: `${config.user}:${config.project}`,
    send: (op) => send(app, op),
    onChange: () => app.drawSync(),
    onConfirmed: (op, answer) => confirm(app, op, answer),
    onRefused: (op, problem) => refuse(app, op, problem),
  });
}
