import { useEffect } from "react";

/** Ctrl or Cmd with Enter sends the form wherever in its dialog the focus is: one of an agent without inputs has no field to be in. */
export function useSendKeys(formId: string, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || event.repeat) return;
      const form = document.getElementById(formId) as HTMLFormElement | null;
      const dialog = event.target instanceof Element ? event.target.closest('[role="dialog"]') : null;
      if (!form || !dialog?.contains(form)) return;
      // Before a button that has the focus takes it for itself.
      event.preventDefault();
      event.stopPropagation();
      form.requestSubmit();
    };
    addEventListener("keydown", press, { capture: true });
    return () => removeEventListener("keydown", press, { capture: true });
  }, [formId, isOn]);
}
