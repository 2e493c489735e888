// Every file that registers commands, modes or features before the first item is shown. The order is that of the list of
// keys.

import "./basics.js";
import "./votes.js";
import "./propose.js";
import "./flags.js";
import "./comments.js";
import "./repeats.js";
import "./roman.js";
import "./ondemand.js";
import "./keyprint.js";
