/** Light, dark, or as the system has it; kept in this browser, and one for the whole page. */
import { useEffect } from "react";
import { create } from "zustand";

export type Theme = "system" | "light" | "dark";

const DARK = "(prefers-color-scheme: dark)";
const NAME = "drystone.theme";

function kept(): Theme {
  try {
    const theme = JSON.parse(localStorage.getItem(NAME) ?? '"system"') as unknown;
    return theme === "light" || theme === "dark" ? theme : "system";
  } catch {
    return "system";
  }
}

const useChosen = create<{ theme: Theme }>(() => ({ theme: kept() }));

function choose(theme: Theme): void {
  useChosen.setState({ theme });
  try {
    localStorage.setItem(NAME, JSON.stringify(theme));
  } catch {
    // A full or forbidden storage: it counts until the page is left.
  }
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const { theme } = useChosen();
  useEffect(() => {
    const media = matchMedia(DARK);
    const apply = () => {
      document.documentElement.dataset.theme = theme === "system" ? (media.matches ? "dark" : "light") : theme;
    };
    apply();
    media.addEventListener("change", apply);
    return () => media.removeEventListener("change", apply);
  }, [theme]);
  return [theme, choose];
}
