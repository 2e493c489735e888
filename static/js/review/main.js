// Starts the review screen.

import "./core.js";
import { App } from "./app.js";
import { run } from "./dispatch.js";
import { ON_DEMAND, loadKinds } from "./files.js";
import { loadWhenIdle, useFiles } from "./ondemand.js";
import { wire } from "./wiring.js";

const root = document.querySelector("#review");
useFiles(ON_DEMAND);
await loadKinds(JSON.parse(root.dataset.config));
const app = new App(root, (command) => run(app, command));
wire(app);

root.dataset.ready = "starting";
await app.start();
root.dataset.ready = "yes";
loadWhenIdle(root);
