/** The frame around every screen: where one can go, who one is, and whether live events come. */
import { Blocks, CalendarClock, ChartColumn, CircleUser, Hand, KeyRound, Library, ListVideo, LogOut, Menu as MenuIcon, Monitor, Moon, Search, Settings, ShieldCheck, Store, Sun, WifiOff, X } from "lucide-react";
import { type ComponentType, Suspense, useEffect, useState } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { useQuery } from "urql";
import { onConnection } from "@/data/client";
import { told } from "@/data/errors";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Menu, MenuArrow, type MenuItem } from "@/ui/Menu";
import { Failed, Loading } from "@/ui/states";
import { Toasts } from "@/ui/toasts";
import { Tour, TourOffer } from "@/tour/Tour";
import { TooltipProvider } from "@/ui/Tooltip";
import { useAccount } from "./account";
import { CommandPalette } from "./CommandPalette";
import { openPalette } from "./commands";
import { commandKey } from "./keys";
import { type Theme, useTheme } from "./theme";
import { useAttention } from "./useAttention";
import { type Viewer, ViewerContext } from "./viewer";
import { ViewerDocument } from "./viewer.generated";

type Place = { to: string; label: string; icon: ComponentType<{ className?: string }>; badge?: number };

function placesFor(viewer: Viewer, waiting: number): Place[] {
  const places: Place[] = [
    { to: "/library", label: "Library", icon: Library },
    { to: "/runs", label: "Runs", icon: ListVideo },
    { to: "/schedules", label: "Schedules", icon: CalendarClock },
    { to: "/approvals", label: "Approvals", icon: Hand, badge: waiting },
    { to: "/marketplace", label: "Marketplace", icon: Store },
    { to: "/credentials", label: "Credentials", icon: KeyRound },
    { to: "/usage", label: "Usage", icon: ChartColumn },
    { to: "/settings", label: "Settings", icon: Settings },
  ];
  if (viewer.isPlatformAdmin || viewer.role === "OWNER" || viewer.role === "ADMIN") {
    places.push({ to: "/admin", label: "Admin", icon: ShieldCheck });
  }
  return places;
}

export function Shell() {
  const [theme, setTheme] = useTheme();
  const [{ data, error }, again] = useQuery({ query: ViewerDocument });
  if (error && !data) return <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />;
  if (!data) return <Loading />;
  return (
    <ViewerContext.Provider value={data.viewer}>
      <TooltipProvider>
        <Frame viewer={data.viewer} theme={theme} setTheme={setTheme} />
        <Toasts />
      </TooltipProvider>
    </ViewerContext.Provider>
  );
}

function Frame({ viewer, theme, setTheme }: { viewer: Viewer; theme: Theme; setTheme: (theme: Theme) => void }) {
  const waiting = useAttention();
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setOpen(false), [pathname]);
  const places = placesFor(viewer, waiting);
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-[90] focus:bg-raised focus:p-2">
        To the content
      </a>
      <header className="flex shrink-0 items-center gap-2 border-b border-line bg-surface px-3 py-2 md:hidden">
        <IconButton label={isOpen ? "Close the menu" : "Open the menu"} icon={isOpen ? <X className="size-5" /> : <MenuIcon className="size-5" />} onClick={() => setOpen(!isOpen)} />
        <Name />
        <span className="flex-1" />
        <IconButton label="Search" icon={<Search className="size-5" aria-hidden />} onClick={() => openPalette()} />
      </header>
      <nav aria-label="Main" className={cx("shrink-0 flex-col border-r border-line bg-surface md:flex md:w-48", isOpen ? "flex" : "hidden")}>
        <div className="hidden px-4 py-3 md:block">
          <Name />
        </div>
        <button type="button" data-tour="search" onClick={() => openPalette()} className="mx-2 mb-1 hidden items-center gap-2 rounded-md border border-line px-2 py-1.5 text-left text-sm text-muted hover:bg-sunken hover:text-text md:flex">
          <Search className="size-4 shrink-0" aria-hidden />
          <span className="flex-1">Search</span>
          <kbd className="font-mono text-xs">{commandKey} K</kbd>
        </button>
        <ul className="flex flex-1 flex-col gap-0.5 overflow-y-auto px-2 py-1">
          {places.map((place) => (
            <li key={place.to}>
              <NavLink to={place.to} className={({ isActive }) => cx("flex items-center gap-2.5 rounded-md px-2 py-1.5 text-sm font-medium max-md:py-2.5", isActive ? "bg-accent-soft text-accent" : "text-muted hover:bg-sunken hover:text-text")}>
                <place.icon className="size-4 shrink-0" aria-hidden />
                <span className="flex-1">{place.label}</span>
                {place.badge ? <span className="rounded-full bg-warn-soft px-1.5 text-xs text-warn">{place.badge > 99 ? "99+" : place.badge}<span className="sr-only"> waiting</span></span> : null}
              </NavLink>
            </li>
          ))}
        </ul>
        <TourOffer />
        <ConnectionState />
        <AccountMenu viewer={viewer} theme={theme} setTheme={setTheme} />
      </nav>
      <main id="content" className="min-h-0 min-w-0 flex-1 overflow-hidden" tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <CommandPalette />
      <Tour />
    </div>
  );
}

const Name = () => (
  <NavLink to="/library" className="flex items-center gap-2 font-semibold">
    <Blocks className="size-5 text-accent" aria-hidden />
    Drystone
  </NavLink>
);

function ConnectionState() {
  const [isConnected, setConnected] = useState(true);
  useEffect(() => onConnection(setConnected), []);
  if (isConnected) return null;
  return (
    <p role="status" className="mx-2 mb-1 flex items-center gap-2 rounded-md bg-warn-soft px-2 py-1.5 text-xs text-warn">
      <WifiOff className="size-4 shrink-0" aria-hidden />
      Reconnecting. Runs go on meanwhile.
    </p>
  );
}

function AccountMenu({ viewer, theme, setTheme }: { viewer: Viewer; theme: Theme; setTheme: (theme: Theme) => void }) {
  const navigate = useNavigate();
  const { enter, leave } = useAccount();
  const items: MenuItem[] = [
    ...viewer.organisations.map((one): MenuItem => ({ label: one.name, isChecked: one.id === viewer.organisation.id, act: () => void enter(one.id) })),
    "separator",
    { label: "Profile and settings", icon: <CircleUser className="size-4" />, act: () => navigate("/settings") },
    { label: "Like the system", icon: <Monitor className="size-4" />, isChecked: theme === "system", act: () => setTheme("system") },
    { label: "Light", icon: <Sun className="size-4" />, isChecked: theme === "light", act: () => setTheme("light") },
    { label: "Dark", icon: <Moon className="size-4" />, isChecked: theme === "dark", act: () => setTheme("dark") },
    "separator",
    { label: "Sign out", icon: <LogOut className="size-4" />, act: () => void leave() },
  ];
  return (
    <div className="border-t border-line p-2">
      <Menu items={items} align="start">
        <button type="button" title={`${viewer.organisation.name}, ${viewer.name}`} className="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm hover:bg-sunken">
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">{viewer.organisation.name}</span>
            <span className="block truncate text-xs text-muted">{viewer.name}</span>
          </span>
          <MenuArrow />
        </button>
      </Menu>
    </div>
  );
}
