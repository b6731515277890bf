/** A sign for what a block is about, by its kind and its first category. */
import { Blocks, Bot, Brain, Braces, Calculator, Clapperboard, Database, Hand, LogIn, LogOut, type LucideIcon, Mail, MessageCircle, Search, Type, Webhook, Wrench } from "lucide-react";
import type { BlockSpec } from "@/blocks/blocks";

const KINDS: Partial<Record<BlockSpec["kind"], LucideIcon>> = { INPUT: LogIn, OUTPUT: LogOut, AGENT: Bot, WEBHOOK: Webhook, HUMAN: Hand };
const CATEGORIES: Record<string, LucideIcon> = {
  AI: Brain,
  COMMUNICATION: Mail,
  DATA: Database,
  DEVELOPER_TOOLS: Wrench,
  LOGIC: Braces,
  MULTIMEDIA: Clapperboard,
  SEARCH: Search,
  SOCIAL: MessageCircle,
  TEXT: Type,
  BASIC: Calculator,
};

export function iconOf(block: BlockSpec | undefined): LucideIcon {
  if (!block) return Blocks;
  return KINDS[block.kind] ?? block.categories.map((name) => CATEGORIES[name]).find((icon) => icon) ?? Blocks;
}
