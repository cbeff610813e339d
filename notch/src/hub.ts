// `/`, profiles and notifications: the sign-in dialog, the account menu, and what `social` adds. Everything else on these
// pages is finished when it arrives.

import { wireShell } from "./shell.ts";
import { wireSignIn } from "./sign-in.ts";
import { wireSocial } from "./social.ts";

wireShell();
wireSignIn();
wireSocial();
