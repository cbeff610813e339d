// `/`, profiles and notifications: the sign-in dialog, the account menu, and what `social` adds. Everything else on these
// pages is finished when it arrives.

import { wireDialogs } from "./dialogs.ts";
import { wireSignIn } from "./sign-in.ts";
import { wireSocial } from "./social.ts";

wireDialogs();
wireSignIn();
wireSocial();
