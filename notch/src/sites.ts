// `/sites`: deleting asks for the name. The form posts like any form.

import { wireConfirms } from "./confirm.ts";
import { wireShell } from "./shell.ts";

wireShell();
wireConfirms();
