/** What is said when there is no answer, or no whole one: who is at fault, what is kept, what can be done. */
import { type ChatError, modelName } from "../shared/api";
import { ticking } from "../shared/time";
import { words } from "../words";
import type { Answer } from "./model";
import { listed } from "./notice";

/** What a button does. */
export type Act = "again" | "same" | "goOn" | "best" | "choose" | "edit" | "summary" | "report";

export interface ErrorView {
  title: string;
  text: string;
  buttons: [label: string, act: Act][];
}

/** What surrounds the answer that failed. */
export interface Around {
  /** Some of the answer is there, and can be continued. */
  canGoOn: boolean;
  /** There are questions before it. */
  isLonger: boolean;
  /** Characters of the conversation. */
  length: number;
  /** How long ago it failed. */
  agoMs: number;
}

/** About how many characters a page of a book has. */
const PAGE = 3000;

export function errorView(error: ChatError, answer: Answer, around: Around): ErrorView {
  const { error: say } = words;
  const { buttons } = say;
  const story = error.story ?? answer.story;
  const model = modelName(story?.served ?? answer.failed.at(-1)?.target ?? answer.asked);
  const again: [string, Act] = [buttons.again, "again"];
  const choose: [string, Act] = [buttons.choose, "choose"];
  const edit: [string, Act] = [buttons.edit, "edit"];
  const goOn: [string, Act][] = around.canGoOn ? [[buttons.goOn, "goOn"]] : [];
  switch (error.kind) {
    case "all_failed": {
      const text = triedText(error, answer, around.agoMs);
      return { title: say.all_failed.title, text, buttons: [...goOn, again, choose] };
    }
    case "cut_off": {
      // The gateway's own doing is not put on the model.
      const isOurs = error.code === "too_long" || error.code === "stopped";
      const text = isOurs ? error.message : around.canGoOn ? say.cut_off.text(model) : say.cut_off.nothing(model);
      return { title: say.cut_off.title, text, buttons: [...goOn, [buttons.over, "same"], choose] };
    }
    case "pinned_down": {
      const chosen = modelName(answer.asked);
      const code = story?.steps.at(-1)?.code ?? answer.failed.at(-1)?.code ?? error.code ?? "";
      const tries: [string, Act] = [buttons.tryModel(chosen), "same"];
      const text = say.pinned_down.text(words.reason(code));
      return { title: say.pinned_down.title(chosen), text, buttons: [tries, [buttons.best, "best"]] };
    }
    case "too_long": {
      const text = say.too_long.text(Math.max(1, Math.ceil(around.length / PAGE)));
      const first: [string, Act] = around.isLonger ? [buttons.summary, "summary"] : edit;
      return { title: say.too_long.title(model), text, buttons: [first, choose] };
    }
    case "refused":
      return { title: say.refused.title(model), text: say.refused.text, buttons: [edit, [buttons.other, "choose"], again] };
    case "bad_request": {
      const why = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
      return { title: say.bad_request.title(model), text: say.bad_request.text(why), buttons: [edit, choose] };
    }
    case "no_such_model": {
      const title = say.no_such_model.title(modelName(answer.asked));
      return { title, text: say.no_such_model.text, buttons: [choose, [buttons.best, "best"]] };
    }
    case "config":
      return { title: say.config.title, text: say.config.text, buttons: [[buttons.report, "report"], again] };
    case "lost": {
      const text = around.canGoOn ? say.lost.text : say.lost.nothing;
      return { title: say.lost.title, text, buttons: [...goOn, again] };
    }
    // These two are the page's states, and no answer's end; should one come, it is told like the others.
    case "offline":
      return { title: say.offline.title, text: say.offline.text, buttons: [[buttons.now, "again"]] };
    case "storage":
      return { title: say.storage.title, text: say.storage.full, buttons: [again] };
  }
}

/** Each target once, with its last reason, and when it may be asked again. */
function triedText(error: ChatError, answer: Answer, agoMs: number): string {
  const steps = error.story?.steps ?? answer.failed.map((one) => ({ ...one, again_in_ms: null, asked: true }));
  const last = new Map(steps.map((step) => [step.target, step]));
  const ids = [...last.keys()];
  const each = [...last.values()].map(({ target, code, again_in_ms: again }) => {
    const left = (again ?? 0) - agoMs;
    const free = left > 0 ? ` (${words.error.freeIn(ticking(left))})` : "";
    return `${modelName(target, ids)} ${words.reason(code)}${free}`;
  });
  if (each.length === 0) return words.error.all_failed.nobody;
  const all = listed(each, ", ");
  const asked = steps.some((step) => step.asked);
  return asked ? words.error.all_failed.text(`${each.length}: ${all}`) : words.error.all_failed.untried(all);
}
