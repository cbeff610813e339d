// `/sites/:domain/builder`: puts the parts together. What happens in the conversation decides what the rest shows.

import { Builder } from "./builder/app.ts";
import { wireDialogs } from "./dialogs.ts";

wireDialogs();
void new Builder().start();
