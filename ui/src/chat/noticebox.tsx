/** The one notice above an answer. */
import type { SignalLevel } from "../shared/api";
import { modelName } from "../shared/api";
import { words } from "../words";
import type { Notice } from "./notice";
import { change, settings } from "./store";

export function NoticeBox({ notice, level, tell }: { notice: Notice; level: SignalLevel; tell: () => void }) {
  const { chosen } = notice;
  return (
    <div class={`note n-${level}`}>
      {notice.title && <b>{notice.title} </b>}
      {notice.text}{" "}
      <button type="button" class="link" onClick={tell}>
        {words.notice.whatHappened}
      </button>
      {chosen && (
        <>
          {" "}
          <button type="button" class="link" onClick={() => change((c) => ({ ...c, model: chosen, only: true }))}>
            {words.notice.onlyUse(modelName(chosen))}
          </button>
        </>
      )}
      {notice.kind !== "own" && (
        <button
          type="button"
          class="hide"
          aria-label={words.notice.hide}
          title={words.notice.hide}
          onClick={() => (settings.value = { ...settings.value, showBackup: false })}
        >
          ✕
        </button>
      )}
    </div>
  );
}
