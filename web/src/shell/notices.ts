/** Notices of the desktop: which ones somebody wants, kept in this browser, and whether the browser lets us show them. */
import { create } from "zustand";

export type NoticeKinds = { approvals: boolean; failures: boolean };

const NAME = "drystone.notices";
const OFF: NoticeKinds = { approvals: false, failures: false };

function kept(): NoticeKinds {
  try {
    return { ...OFF, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<NoticeKinds>) };
  } catch {
    return OFF;
  }
}

export const permission = (): NotificationPermission | "unsupported" => (typeof Notification === "undefined" ? "unsupported" : Notification.permission);

type Notices = { kinds: NoticeKinds; permission: ReturnType<typeof permission>; set: (change: Partial<NoticeKinds>) => Promise<void> };

export const useNotices = create<Notices>((set, get) => ({
  kinds: kept(),
  permission: permission(),
  set: async (change) => {
    // The browser asks only where a click led here.
    if (Object.values(change).some(Boolean) && permission() === "default") await Notification.requestPermission();
    const kinds = { ...get().kinds, ...change };
    try {
      localStorage.setItem(NAME, JSON.stringify(kinds));
    } catch {
      // It counts until the page is left.
    }
    set({ kinds, permission: permission() });
  },
}));

/** Show one, if it is allowed and the page is not what the person looks at anyway. A click leads to `path`. */
export function show(title: string, body: string, tag: string, open: () => void): void {
  if (permission() !== "granted" || (document.visibilityState === "visible" && document.hasFocus())) return;
  const notice = new Notification(title, { body, tag });
  notice.onclick = () => {
    window.focus();
    open();
    notice.close();
  };
}
