// `/session/{sessionId}`: puts the parts together. What happens in the session decides what they show.

import { SessionPage } from "./session/app.ts";
import { wireShell } from "./shell.ts";

wireShell();
new SessionPage().start();
