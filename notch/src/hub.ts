// `/`: the sign-in dialog and the account menu. Everything else on the page is finished when it arrives.

import { wireDialogs } from "./dialogs.ts";
import { wireSignIn } from "./sign-in.ts";

wireDialogs();
wireSignIn();
