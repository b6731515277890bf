/** Offers notices of the desktop for approvals, where the browser can show them and nobody has chosen yet. */
import { Bell, BellOff } from "lucide-react";
import { Button } from "@/ui/Button";
import { useNotices } from "./notices";

export function NoticeOffer() {
  const { kinds, permission, set } = useNotices();
  if (permission === "unsupported" || permission === "denied") return null;
  const isOn = kinds.approvals && permission === "granted";
  return (
    <span className="hidden sm:block">
      <Button isSmall aria-pressed={isOn} icon={isOn ? <Bell className="size-4" aria-hidden /> : <BellOff className="size-4" aria-hidden />} onClick={() => void set({ approvals: !isOn })}>
        {isOn ? "Notices are on" : "Notify me on this desktop"}
      </Button>
    </span>
  );
}
