// `/session/{sessionId}`: puts the parts together. What happens in the session decides what they show.

import { wireDialogs } from "./dialogs.ts";
import { SessionPage } from "./session/app.ts";

wireDialogs();
new SessionPage().start();
