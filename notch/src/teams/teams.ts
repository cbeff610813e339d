// Pages of teams: forms that are sent as JSON, dialogs, invites, and the button that starts a session.

import { wireConfirms } from "../confirm.ts";
import { wireInvites } from "./invites.ts";
import { wireSends } from "./send.ts";
import { wireStart } from "./start.ts";
import { localTimes } from "./times.ts";
import { wireShell } from "../shell.ts";

wireShell();
wireConfirms();
wireSends();
wireInvites();
wireStart();
localTimes();
