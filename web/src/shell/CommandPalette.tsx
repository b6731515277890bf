/** Ctrl/Cmd+K: go anywhere and do anything by typing. Only the keys are heard here; the palette itself is read when it is first opened. */
import { lazy, Suspense, useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { openPalette, usePalette } from "./commands";
import { goKeys, isTyping } from "./keys";
import { ShortcutsDialog } from "./ShortcutsDialog";

const PaletteDialog = lazy(() => import("./PaletteDialog"));
const SEQUENCE_MS = 1_200;

export function CommandPalette() {
  const { isOpen } = usePalette();
  const [wasOpen, setWasOpen] = useState(false);
  const [isHelp, setHelp] = useState(false);
  const navigate = useNavigate();
  // The editor has keys of its own, and an overlay that tells them.
  const isEditor = useLocation().pathname.startsWith("/build/");

  useEffect(() => {
    let began = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette(!usePalette.getState().isOpen);
        return;
      }
      const isElsewhere = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isEditor || isTyping(event.target) || document.querySelector("[role=dialog],[role=alertdialog],[role=menu]");
      if (isElsewhere) return;
      if (event.key === "?") {
        event.preventDefault();
        setHelp(true);
        return;
      }
      const to = Date.now() - began < SEQUENCE_MS ? goKeys[event.key.toLowerCase()] : undefined;
      began = event.key.toLowerCase() === "g" && !to ? Date.now() : 0;
      if (to) {
        event.preventDefault();
        navigate(to.path);
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [isEditor, navigate]);

  useEffect(() => {
    if (isOpen) setWasOpen(true);
  }, [isOpen]);
  return (
    <>
      {(isOpen || wasOpen) && (
        <Suspense fallback={null}>
          <PaletteDialog showShortcuts={() => setHelp(true)} />
        </Suspense>
      )}
      <ShortcutsDialog isOpen={isHelp} onClose={() => setHelp(false)} />
    </>
  );
}
