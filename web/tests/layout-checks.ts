/** What a person would see at a glance, as checks of a page: it does not scroll sideways, no text is cut without a sign, and nothing that can be clicked lies on another. */
import type { Page } from "@playwright/test";

/** Give what is wrong in the page as it stands, in words; nothing where it is well. */
export const flawsIn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const flaws: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth + 1) flaws.push(`the page is ${root.scrollWidth - innerWidth} pixels wider than the window`);

    const named = (one: Element) => `<${one.tagName.toLowerCase()}> “${(one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 50)}”`;
    const isShown = (one: Element) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.closest(".sr-only, [aria-hidden=true], [inert]");
    const clips = (value: string) => value === "hidden" || value === "clip";
    // The canvas moves and zooms: what is outside its frame is not cut, and nodes may lie on each other.
    const isOnCanvas = (one: Element) => one.closest(".react-flow") !== null;

    /** What of an element can be seen: its box within those of what holds it. */
    const seen = (one: Element) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      const box = { left, right, top, bottom };
      for (let at = one.parentElement; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        const frame = at.getBoundingClientRect();
        if (style.overflowX !== "visible") Object.assign(box, { left: Math.max(box.left, frame.left), right: Math.min(box.right, frame.right) });
        if (style.overflowY !== "visible") Object.assign(box, { top: Math.max(box.top, frame.top), bottom: Math.min(box.bottom, frame.bottom) });
        if (style.position === "fixed") break;
      }
      return box;
    };

    const texts = [...document.querySelectorAll("body *")].filter((one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()) && !["OPTION", "SCRIPT", "STYLE", "TEXTAREA"].includes(one.tagName));
    for (const one of texts) {
      if (!isShown(one) || isOnCanvas(one)) continue;
      const range = document.createRange();
      range.selectNodeContents(one);
      const text = range.getBoundingClientRect();
      const card = one.closest("li, td, section, article, [role=dialog]");
      if (card && getComputedStyle(card).overflowX === "visible" && text.right > card.getBoundingClientRect().right + 2 && seen(one).right > card.getBoundingClientRect().right + 2) flaws.push(`${named(one)} sticks out of what holds it`);
      // The nearest that cuts: a frame which scrolls cuts nothing, it can be scrolled.
      for (let at: Element | null = one; at && at !== document.body; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.overflowX === "auto" || style.overflowX === "scroll") break;
        const frame = at.getBoundingClientRect();
        const isClamped = style.webkitLineClamp !== "none";
        const isCutAside = clips(style.overflowX) && (text.right > frame.right + 1.5 || at.scrollWidth > at.clientWidth + 1);
        const isCutBelow = clips(style.overflowY) && at.scrollHeight > at.clientHeight + 2 && text.bottom > frame.bottom + 4;
        if (!isCutAside && !isCutBelow) continue;
        if (style.textOverflow !== "ellipsis" && !isClamped && !at.closest(".truncate")) flaws.push(`${named(one)} is cut without a sign`);
        else if (!isClamped && !at.closest("[title]") && !at.querySelector("[title]")) flaws.push(`${named(one)} ends in dots, and no title tells the rest`);
        break;
      }
    }

    const held = "a[href], button, input, select, textarea, [role=tab], [role=option], [role=switch], [role=checkbox]";
    const targets = [...document.querySelectorAll(held)].filter((one) => isShown(one) && !isOnCanvas(one)).map((one) => ({ one, box: seen(one) })).filter(({ box }) => box.right - box.left > 1 && box.bottom - box.top > 1 && box.bottom > 0 && box.top < innerHeight);
    targets.forEach(({ one, box }, index) => {
      for (const other of targets.slice(index + 1)) {
        if (one.contains(other.one) || other.one.contains(one)) continue;
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (across <= 2 || down <= 2) continue;
        // A field may hold a button of its own, and a dialog lies on the page.
        const isOfField = [one, other.one].some((each) => each.tagName === "INPUT");
        const isCovered = !one.contains(document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)) && document.querySelector("[role=dialog], [role=menu], [role=alertdialog]") !== null;
        if (!isOfField && !isCovered) flaws.push(`${named(one)} lies on ${named(other.one)}`);
      }
    });
    return [...new Set(flaws)];
  });
