// Pages of one project: picking its repository, setting it up step by step, its settings.

import { wireConfirms } from "../confirm.ts";
import { find } from "../dom.ts";
import { propose } from "./proposal.ts";
import { wireRepositories } from "./repositories.ts";
import { send, wireSends } from "./send.ts";
import { wireStart } from "./start.ts";
import { wireSteps } from "./steps.ts";
import { wireVariables } from "./variables.ts";
import { wireWorkspace } from "./workspace.ts";
import { wireShell } from "../shell.ts";

wireShell();
wireConfirms();
wireRepositories();
wireStart();

const variables = wireVariables();
const workspace = wireWorkspace();
const steps = wireSteps();

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-field]")) {
  if (steps !== null) form.dataset["quietly"] = "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const isVariables = form.dataset["field"] === "variables";
    const more = isVariables ? variables?.read() : {};
    if (more === undefined) return;
    const project = await send(form, more);
    if (project === null) return;
    if (isVariables) variables?.settle(project);
    workspace?.see(project);
    steps?.next();
  });
}
const dialog = find("delete-project", HTMLElement);
if (dialog !== null) wireSends(dialog);

const setup = find("setup", HTMLElement);
if (setup !== null) void propose(setup, variables);
