// `/sites`: deleting asks for the name. The form posts like any form.

import { wireConfirms } from "./confirm.ts";
import { wireDialogs } from "./dialogs.ts";

wireDialogs();
wireConfirms();
