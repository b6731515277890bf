/** Where a person is in the tour of the app, and whether this browser has offered it already. */
import { create } from "zustand";

export type Step = {
  id: string;
  /** The screen that is shown meanwhile. */
  path: string;
  /** What is pointed at; where it is not to be seen, as on a phone, the step stands by itself. */
  target: string;
  title: string;
  text: string;
};

export const STEPS: readonly Step[] = [
  {
    id: "library",
    path: "/library",
    target: 'nav li a[href="/library"]',
    title: "Your agents are in the library",
    text: "An agent does a job in steps. Demo agents are here that need no keys: add one, and run it at once.",
  },
  {
    id: "editor",
    path: "/library",
    target: "[data-tour=new-agent]",
    title: "Build one in the editor",
    text: "Put blocks on a canvas, and link what one gives to what the next needs. What you change is kept as a draft; publishing makes it the version that runs.",
  },
  {
    id: "runs",
    path: "/runs",
    target: 'nav a[href="/runs"]',
    title: "Watch it run",
    text: "Every run is recorded step by step. When something fails you see where and why, and the run can go on from there. Runs outlive a restart of anything.",
  },
  {
    id: "approvals",
    path: "/approvals",
    target: 'nav a[href="/approvals"]',
    title: "Say yes or no where it matters",
    text: "An agent can ask a person before it goes on, for minutes or for months. What waits for you stands here, with a number in the menu.",
  },
  {
    id: "search",
    path: "/library",
    target: "[data-tour=search]",
    title: "Go anywhere from here",
    text: "Search for agents, runs and actions with the keyboard. The key ? shows all keys. That is all.",
  },
];

const NAME = "drystone.tour";

function isKept(): boolean {
  try {
    return localStorage.getItem(NAME) !== null;
  } catch {
    return true;
  }
}

type Tour = { at: number | null; isOffered: boolean };

export const useTour = create<Tour>(() => ({ at: null, isOffered: !isKept() }));

function keep(): void {
  try {
    localStorage.setItem(NAME, JSON.stringify("seen"));
  } catch {
    // It is offered again next time.
  }
}

export function startTour(): void {
  keep();
  useTour.setState({ at: 0, isOffered: false });
}

export function endTour(): void {
  keep();
  useTour.setState({ at: null, isOffered: false });
}

export function stepTo(at: number): void {
  if (at < 0 || at >= STEPS.length) endTour();
  else useTour.setState({ at });
}
