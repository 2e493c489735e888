// What the screen needs before it shows its first item. It is served as one file (annotator/script_bundle.py); the files
// that come later share it.

import "./features.js";
import "./app.js";
import "./wiring.js";
