/** The examples of the repository that run without keys and without a network; a chunk of its own, read when they are shown. */
import countdown from "../../../examples/countdown.json?raw";
import errorRouting from "../../../examples/error_routing.json?raw";
import fanOut from "../../../examples/fan_out.json?raw";
import releaseNotes from "../../../examples/release_notes.json?raw";
import researcher from "../../../examples/researcher.json?raw";
import runningTotal from "../../../examples/running_total.json?raw";

export type Demo = { id: string; name: string; description: string; shows: string; document: { name: string; description?: string } };

const make = (text: string, shows: string): Demo => {
  const document = JSON.parse(text) as { id: string; name: string; description?: string };
  return { id: document.id, name: document.name, description: document.description ?? "", shows, document };
};

export const DEMOS: Demo[] = [
  make(releaseNotes, "Lists, templates and an agent in an agent"),
  make(researcher, "A language model that calls tools"),
  make(countdown, "A loop"),
  make(fanOut, "Work side by side"),
  make(errorRouting, "An error that goes its own way"),
  make(runningTotal, "A sum carried along a list"),
];
