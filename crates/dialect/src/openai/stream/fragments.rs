//! Which call a piece of a call belongs to.
//!
//! OpenAI numbers its calls. Others number all of them 0 and tell them apart by id, or send whole calls without a
//! number, one after the other; those are recognised by a name that comes once more.

use super::chunk::Fragment;
use crate::hub::Event;
use crate::target::Malformed;

/// More parallel tool calls than any provider writes.
const MAX_TOOL_CALLS: usize = 1024;

/// The calls of one choice, as far as they have come.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    calls: Vec<Call>,
}

/// A tool call as far as it has come.
#[derive(Debug, Default)]
struct Call {
    /// The server's own number of it.
    key: u64,
    id: String,
    /// False until its name is known.
    started: bool,
    /// Arguments that came before the name.
    early_arguments: String,
}

impl Fragments {
    /// Takes a piece, the one at `position` in its chunk, and gives the number of its call. `made_up` is an id for a
    /// call that has none.
    pub(crate) fn take(
        &mut self,
        position: usize,
        fragment: Fragment,
        made_up: impl FnOnce(u32) -> String,
        out: &mut Vec<Event>,
    ) -> Result<u32, Malformed> {
        let function = fragment.function.unwrap_or_default();
        let name = function.name.filter(|name| !name.is_empty());
        let id = fragment.id.filter(|id| !id.is_empty());
        let at = self.call_for(position, fragment.index, id.as_deref(), name.is_some());
        let number = at.unwrap_or(self.calls.len());
        if at.is_none() {
            if self.calls.len() >= MAX_TOOL_CALLS {
                return Err(Malformed(format!("it begins more than {MAX_TOOL_CALLS} tool calls")));
            }
            let key = fragment.index.unwrap_or(position as u64);
            self.calls.push(Call { key, ..Call::default() });
        }
        // At most 1024 calls, so the number fits.
        let index = u32::try_from(number).unwrap_or(u32::MAX);
        let Some(call) = self.calls.get_mut(number) else { return Ok(index) };
        if let Some(id) = id
            && !call.started
        {
            call.id = id;
        }
        let arguments = function.arguments.unwrap_or_default();
        if call.started {
            argue(index, arguments, out);
            return Ok(index);
        }
        call.early_arguments.push_str(&arguments);
        let Some(name) = name else { return Ok(index) };
        call.started = true;
        if call.id.is_empty() {
            call.id = made_up(index);
        }
        out.push(Event::ToolStart { index, id: call.id.clone(), name });
        argue(index, std::mem::take(&mut call.early_arguments), out);
        Ok(index)
    }

    /// Which call a fragment belongs to; `None` when it begins one.
    fn call_for(&self, position: usize, index: Option<u64>, id: Option<&str>, named: bool) -> Option<usize> {
        let key = index.unwrap_or(position as u64);
        let at = self.calls.iter().rposition(|call| call.key == key)?;
        let call = self.calls.get(at)?;
        let begins = match id {
            Some(id) => named && call.started && call.id != id,
            None => named && call.started && index.is_none(),
        };
        (!begins).then_some(at)
    }

    /// Whether no call has begun.
    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Every call must have a name by its end.
    pub(crate) fn require_names(&self) -> Result<(), Malformed> {
        if self.calls.iter().all(|call| call.started) {
            Ok(())
        } else {
            Err(Malformed("a tool call came to its end without a name".to_owned()))
        }
    }
}

fn argue(index: u32, fragment: String, out: &mut Vec<Event>) {
    if !fragment.is_empty() {
        out.push(Event::ToolArguments { index, fragment });
    }
}
