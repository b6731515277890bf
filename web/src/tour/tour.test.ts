import { beforeEach, describe, expect, it } from "vitest";
import { endTour, STEPS, startTour, stepTo, useTour } from "./tour";

beforeEach(() => {
  localStorage.clear();
  useTour.setState({ at: null, isOffered: true });
});

describe("the tour", () => {
  it("is not offered again once it was begun or refused, in this browser", () => {
    startTour();
    expect(useTour.getState()).toEqual({ at: 0, isOffered: false });
    expect(localStorage.getItem("drystone.tour")).not.toBeNull();
    endTour();
    expect(useTour.getState()).toEqual({ at: null, isOffered: false });
  });
  it("ends behind its last step and before its first", () => {
    startTour();
    stepTo(STEPS.length - 1);
    expect(useTour.getState().at).toBe(STEPS.length - 1);
    stepTo(STEPS.length);
    expect(useTour.getState().at).toBeNull();
    startTour();
    stepTo(-1);
    expect(useTour.getState().at).toBeNull();
  });
  it("has a target and a screen in each step", () => {
    for (const step of STEPS) {
      expect(step.path.startsWith("/")).toBe(true);
      expect(step.target).not.toBe("");
    }
  });
});
