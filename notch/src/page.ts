// Pages that are finished when they arrive: what every page has, and nothing else.

import { wireShell } from "./shell.ts";

wireShell();
