import { a as r, c as A, d, f as w, g as x$1, h as k, i as O, l as F, m as Q, n as parser_write, o as x, p as $, r as useSignal, s as y, t as parser, u as T } from "./vendor.js";
var reasons = {
	at_capacity: "busy",
	bad_request: "not able to use this message",
	cancelled: "not waited for",
	connect_timeout: "not reachable",
	connection_reset: "not reachable",
	context_length: "too small for this conversation",
	cut_off: "breaking off",
	deadline: "too slow",
	diverted: "failing too often",
	dns: "not reachable",
	empty: "returning errors",
	engine: "not running",
	first_token_timeout: "too slow",
	foreign_state: "not able to use this message",
	goaway: "not reachable",
	key_refused: "refusing our key",
	malformed: "returning errors",
	no_key: "without a working key",
	no_progress: "too slow",
	no_seam: "not able to go on",
	not_reachable: "not reachable",
	not_served: "not offering this model",
	off: "put to rest by its operator",
	out_of_credit: "out of credit",
	outpaced: "slower",
	overloaded: "overloaded",
	policy: "declining to answer",
	prefill: "not able to go on",
	protocol: "returning errors",
	rate_limited: "rate-limited",
	repetition: "repeating itself",
	resting: "resting",
	server_error: "returning errors",
	slow_down: "rate-limited",
	stalled: "too slow",
	timeout: "too slow",
	tls: "not reachable",
	too_large: "too small for this conversation",
	transient: "returning errors",
	unsupported: "not able to use this message",
	unsupported_field: "not able to use this message",
	warming_up: "still loading",
	wrong_content_type: "returning errors"
}, words = {
	product: "Handover",
	nav: {
		label: "Main",
		chat: "Chat",
		status: "Status",
		skip: "Skip to the content"
	},
	signal: {
		4: {
			word: "Full",
			tag: "5G",
			sentence: "The lead model is answering."
		},
		3: {
			word: "Good",
			tag: "4G",
			sentence: "A backup that is as good as the lead, as its operator rates it."
		},
		2: {
			word: "Reduced",
			tag: "3G",
			sentence: "A backup is answering. Fine for everyday work, check details that matter."
		},
		1: {
			word: "Basic",
			tag: "EDGE",
			sentence: "Last resort. Keep it short and check the answer."
		},
		0: {
			word: "No signal",
			tag: "–",
			sentence: "No model can answer right now."
		},
		unrated: {
			word: "Unrated",
			tag: "?",
			sentence: "This backup has not been compared with the lead yet."
		}
	},
	state: {
		answering: {
			word: "Answering",
			mark: "●"
		},
		ready: {
			word: "Ready",
			mark: "●"
		},
		slow: {
			word: "Slow",
			mark: "△"
		},
		resting: {
			word: "Resting",
			mark: "✕"
		},
		testing: {
			word: "Testing",
			mark: "△"
		},
		returning: {
			word: "Coming back",
			mark: "△"
		},
		full: {
			word: "Busy",
			mark: "△"
		},
		standby: {
			word: "Standby",
			mark: "◇"
		},
		off: {
			word: "Off",
			mark: "✕"
		}
	},
	reason: (code) => reasons[code] ?? "returning errors",
	time: {
		days: "days",
		ago: (time) => `${time} ago`,
		none: "–"
	},
	chip: {
		signal: "Signal:",
		open: "What does it mean?",
		lead: "on the lead model",
		backup: "running on a backup",
		none: "no model can answer",
		unknown: "not known yet",
		unreachable: "gateway not reachable",
		chain: "In this order:",
		nextTry: (model, time) => `${model} is resting, next try in ${time}`,
		isOff: (model) => `${model} was put to rest by its operator`,
		toStatus: "See the status page",
		meaning: "The bars show how close the answering model is to our usual one, not how fast it is."
	},
	role: {
		lead: "lead",
		backup: (place, of) => `backup ${place} of ${of}`,
		last: "last resort"
	},
	chat: {
		title: "Chat",
		you: "You",
		assistant: "Assistant",
		first: "The bars show how close the answering model is to our usual one.",
		examples: [
			"Explain in three sentences why the sky is blue.",
			"Write a short e-mail that moves a meeting to Thursday.",
			"Give me a Python function that counts the words of a text."
		],
		label: "Message",
		placeholder: "Write a message",
		send: "Send",
		stop: "Stop",
		enterSends: "Enter sends",
		newText: "New text",
		answerLabel: (number, signal, model) => `Answer ${number}, ${signal}, ${model}`,
		answerNumber: (number) => `Answer ${number}`,
		asking: (model) => `Asking ${model}…`,
		looking: "Looking for a model…",
		askingSince: (model, seconds) => `Asking ${model}… ${seconds} s`,
		sending: "Sending…",
		failedAsking: (model, reason, next) => `${model} is ${reason}. Asking ${next}…`,
		askingAgain: (model, reason) => `${model} is ${reason}. Asking it again…`,
		silent: (model, seconds) => `${model} has written nothing for ${seconds} s…`,
		failedWaiting: (model, reason) => `${model} is ${reason}. Looking for another model…`,
		thinking: "Thinking",
		thought: "What the model thought",
		handingOver: (from, next) => `${from} stopped. Asking ${next} to go on…`,
		copy: "Copy",
		copied: "Copied",
		notCopied: "The browser did not allow it",
		again: "Try again",
		againSame: "The same choice",
		againModel: (model) => `Ask ${model}`,
		againChoose: "Choose a model…",
		details: "Details",
		edit: "Edit message",
		version: (number, of) => `Answer ${number} of ${of}`,
		earlier: "Earlier answer",
		later: "Later answer",
		leadIsBack: (model) => `${model} is back.`,
		askAgain: "Ask it again",
		stoppedByYou: "Stopped by you.",
		goOn: "Continue",
		lengthEnd: "The answer reached the length limit.",
		filtered: "The provider's filter ended this answer.",
		nothing: "The model wrote nothing.",
		tool: "The model asked for a tool, which this page does not have.",
		showAll: "Show all of it",
		openOlder: (count) => `Show ${count} earlier messages`,
		longMessage: (size) => `This message is long (${size}). Some models cannot take it whole.`
	},
	notice: {
		title: "Answered by a backup.",
		otherProviderTitle: "Answered from another provider.",
		wasSo: (failed, model) => `${failed}, so ${model} answered.`,
		was: (model, reason) => `${model} was ${reason}`,
		and: " and ",
		added: (time) => `Added ${time}.`,
		resting: (model, until, other) => until ? `${model} is resting until about ${until}, so ${other} answered.` : `${model} is resting, so ${other} answered.`,
		noLead: (model) => `The lead is not set up here (its key is missing), so ${model} answered.`,
		off: (model, other) => `${model} was put to rest by its operator, so ${other} answered.`,
		chosen: (model, reason, other) => `You chose ${model}. It was ${reason}, so ${other} answered.`,
		onlyUse: (model) => `Only use ${model}`,
		canary: (model) => `A routine check: ${model} was asked although the lead is well.`,
		cached: (time) => `An answer kept from ${time} ago: nobody could answer now.`,
		kept: (time) => `An answer kept from ${time} ago.`,
		whatHappened: "What happened",
		hide: "Do not show this notice again",
		otherProvider: (first, reason, second) => `${first} was ${reason}; ${second} runs the same model.`
	},
	seam: {
		continued: (from, to) => `${from} stopped here · ${to} continued`,
		wish: (from, to) => `${from ? `${from} stopped here` : "It stopped here"} · ${to ? `${to} continued, as you asked` : "continued, as you asked"}`,
		restarted: (from, to) => `${from} stopped · ${to} started again`,
		folded: (from, count, to) => `${from} stopped after ${count} words. ${to} started again.`
	},
	details: {
		title: "What happened",
		attempt: (model, words, time) => `${model}: ${words}, after ${time}`,
		passedOver: (model, words) => `${model}: passed over, ${words}`,
		served: (model, first, whole) => `${model}: first word after ${first}, done after ${whole}`,
		servedSoFar: (model, first) => `${model}: first word after ${first}`,
		tookOver: (from, words, to) => `${from} ${words}; ${to} went on`,
		firstWord: "First word",
		firstWordTip: "Time to first token, from sending to the first word",
		total: "Total",
		tokensIn: "Tokens in",
		tokensOut: "Tokens out",
		cost: "Cost",
		noPrice: "no price is configured",
		request: "Request",
		copyId: "Copy the request's id",
		signalMeans: "Signal",
		dropped: (fields) => `Not told to this model, which cannot express it: ${fields}`,
		waterfall: "Attempts in the order of time"
	},
	markdown: {
		code: "Code",
		table: "Table",
		copyCode: "Copy the code"
	},
	picker: {
		label: "Model",
		auto: "Auto: best available",
		autoRoute: (route) => `${route}: best available`,
		recommended: "recommended",
		search: "Find a model",
		none: "No model has this name.",
		only: "Only this model (no backup)",
		fromNext: "From your next message",
		gone: (model) => `${model} is no longer offered here. Auto is used instead.`,
		chain: (names) => names.join(", then "),
		more: (count) => `and ${count} more; type to find one`,
		noStatus: "The list of models is not here yet.",
		stands: (model, state) => `${model}: ${state}`
	},
	drawer: {
		open: "Conversations",
		title: "Conversations",
		close: "Close",
		new: "New chat",
		untitled: "New chat",
		rename: "Rename",
		renameLabel: "Name of the conversation",
		save: "Save",
		export: "Export as Markdown",
		remove: "Delete",
		removeAll: "Delete all",
		sureAll: "Delete all conversations? They are kept in this browser only.",
		sureOne: (title) => `Delete “${title}”?`,
		yes: "Delete",
		no: "Keep",
		kept: "Kept in this browser only, the last 50.",
		settings: "Settings",
		showBackup: "Show when a backup answers",
		readAloud: "Read answers aloud to screen readers",
		phoneStyle: "Call the signal 5G, 4G, 3G, EDGE"
	},
	keys: {
		title: "Keys",
		open: "Keyboard shortcuts",
		list: [
			["Enter", "send"],
			["Shift+Enter", "new line"],
			["Esc", "stop, or close"],
			["↑ in an empty message", "edit the last message"],
			["Ctrl+K", "choose a model"],
			["Ctrl+Shift+O", "new chat"],
			["Alt+R", "go to the error's first button"],
			["↑ ↓ on an answer", "from answer to answer"],
			["c, r, d on an answer", "copy, try again, details"],
			["?", "this list"]
		]
	},
	error: {
		all_failed: {
			title: "No model could answer.",
			text: (tried) => `Tried ${tried}. Your message is kept.`,
			untried: (list) => `Nobody could be asked: ${list}. Your message is kept.`,
			nobody: "Nobody could be asked. Your message is kept."
		},
		cut_off: {
			title: "The answer was cut off.",
			text: (model) => `${model} stopped sending and no other model went on. The text above is kept.`,
			nothing: (model) => `${model} stopped sending and no other model went on. Your message is kept.`
		},
		pinned_down: {
			title: (model) => `${model} is not available.`,
			text: (reason) => `It is ${reason}. You asked for only this model.`
		},
		too_long: {
			title: (model) => `This conversation is too long for ${model}.`,
			text: (pages) => `It holds about ${pages} pages. Your message is kept.`
		},
		refused: {
			title: (model) => `${model} declined to answer.`,
			text: "This is the model's own decision, not a failure. Your message is kept."
		},
		bad_request: {
			title: (model) => `${model} could not use this message.`,
			text: (why) => `${why} Your message is kept.`
		},
		no_such_model: {
			title: (model) => `${model} is no longer offered here.`,
			text: "Choose another model; your message is kept."
		},
		config: {
			title: "The gateway is not set up for this.",
			text: "An administrator needs to look at it. Your message is kept."
		},
		offline: {
			title: "You are offline.",
			text: "Your message is kept and will be sent as soon as that is over.",
			gateway: "The gateway itself does not answer.",
			busy: "The gateway has too much to do.",
			reading: "The text so far is kept; the rest is fetched when it is back.",
			next: (seconds) => `Trying again in ${seconds} s`
		},
		lost: {
			title: "The connection to this answer was lost.",
			text: "The gateway no longer has it. The text above is kept.",
			nothing: "The gateway no longer has it. Your message is kept."
		},
		storage: {
			title: "This browser cannot keep the conversation.",
			full: "Its storage is full. Delete old conversations, or export this one. Everything stays on this page until you close it.",
			blocked: "Its storage is blocked. Everything stays on this page until you close it."
		},
		freeIn: (time) => `free in ${time}`,
		tryAgainIn: (time) => `Trying may help in ${time}.`,
		request: (id) => `Request ${id}`,
		buttons: {
			again: "Try again",
			choose: "Choose a model",
			goOn: "Continue the answer",
			over: "Start over",
			tryModel: (model) => `Try ${model} again`,
			best: "Use best available",
			summary: "Start a new chat with this message",
			edit: "Edit message",
			other: "Ask another model",
			report: "Copy report",
			now: "Send now",
			export: "Export as Markdown"
		}
	},
	say: {
		answering: (model) => `${model} is answering`,
		switched: (to, from, reason) => `Switched to ${to}, ${from} was ${reason}`,
		wentOn: (to, from) => `${from} stopped, ${to} continues`,
		complete: (count, signal) => `Answer complete, ${count === 1 ? "1 word" : `${count} words`}, signal ${signal}`,
		stopped: "Answer stopped"
	},
	status: {
		title: "Status",
		headline: {
			lead: "Everything on the lead model",
			backup: "Running on a backup",
			none: "No model can answer"
		},
		ofRoutes: (headline, count, of) => `${headline}: ${count} of ${of} routes`,
		noRoutes: "No route is configured",
		tabOld: "No update",
		sinceLead: (route, model, time) => `Route ${route} has answered with ${model} since ${time}.`,
		sinceNone: (route, time) => `Route ${route} has had nobody since ${time}.`,
		failed: (count) => count === 0 ? "Nobody has seen an error." : count === 1 ? "1 answer has failed since." : `${count} answers have failed since.`,
		live: (age) => `Live, updated ${age} ago`,
		stale: (age) => `No update for ${age}, numbers may be old`,
		waiting: "Waiting for the gateway…",
		noGateway: (time) => `The gateway has not answered for ${time}. It is tried again by itself.`,
		pausedFor: (age) => `Paused, as it was ${age} ago`,
		wentOld: "No update from the gateway, numbers may be old",
		moreRoutes: (count) => count === 1 ? "One more route likewise." : `${count} more routes likewise.`,
		pause: "Pause",
		resume: "Go on",
		contentOn: "Prompts are kept: log.content is on",
		routes: "Routes",
		now: "now",
		then: "then",
		or: "or",
		targets: "Providers",
		columns: {
			target: "Target",
			signal: "Signal",
			state: "State",
			beats: "Last 30 min",
			success: "Success",
			firstWord: "First word p95",
			perMinute: "Req/min",
			today: "Today",
			lastError: "Last error"
		},
		nextTry: (time) => `next try in ${time}`,
		nextTryNow: "next try with the next request",
		morePlaces: (count) => `and ${count} more`,
		emptyRoute: "no target is left in it",
		why: (reason, age) => `${reason}, ${age} ago`,
		find: "Find a target",
		onlyTrouble: "only in trouble",
		showAll: (count) => `Show all ${count}`,
		inRoutes: "In routes",
		measured: (state) => `measured: ${state.toLowerCase()}`,
		providerBreaker: "provider",
		breakers: {
			closed: "closed (lets requests through)",
			open: (left) => left === null ? "open (blocks requests)" : `open (blocks requests) for ${left}`,
			probing: "half-open (one trial request)",
			ramping: (share) => `half-open (${share} of the requests)`
		},
		rests: (time) => `limited or refused, rests ${time}`,
		firstHalf: "First word p50, p95",
		noErrors: "None in the last 500 requests.",
		sureAlone: (routes) => `Nobody else can answer route ${routes} now.`,
		notDone: (why) => `Not done: ${why}`,
		forced: "forced by an operator",
		noneToday: "none",
		beatsNone: "last 30 minutes: no request",
		beatsLabel: (bad, slow) => bad + slow === 0 ? "last 30 minutes: nothing bad" : `last 30 minutes: ${bad} with failures, ${slow} slow`,
		test: "Test now",
		rest: "Put to rest",
		use: "Use again",
		sureRest: (model) => `Put ${model} to rest? No request is sent there until you use it again.`,
		yes: "Put to rest",
		no: "Keep",
		tested: (time) => `A real token came after ${time}`,
		testFailed: (why) => `No token: ${why}`,
		testing: "Asking for one real token…",
		settings: "Settings in force",
		breaker: "Circuit breaker",
		key: (number) => `key ${number}`,
		inFlight: (count, limit) => limit === null ? `${count} answers under way` : `${count} of ${limit} answers under way`,
		diverted: (share) => `${share} sent elsewhere`,
		price: (input, output) => `${input} in, ${output} out per million tokens`,
		noPrice: "no price in the configuration",
		errors: "Recent errors",
		hour: "Last hour",
		answers: "Answers per minute",
		bySignal: "by signal",
		firstWords: "First word, p95",
		seconds: "seconds",
		costChart: "Cost",
		perMinute: (currency) => `${currency} per minute`,
		asTable: "Show as table",
		nothingYet: "Nothing in the last hour.",
		noPrices: "No target has a price. Give one in the configuration: price = { input = 0.15, output = 0.60 }.",
		sumOfHour: (parts) => `${parts} in the last hour`,
		lineSays: (model, last, most, at) => `${model} ${last} last, ${most} at most (${at})`,
		costSays: (sum, most, at) => `${sum} in the last hour, ${most} a minute at most (${at})`,
		costUnknown: "No answer of this hour told how many tokens it took, so what it cost is not known.",
		minute: "Minute",
		failedColumn: "Failed",
		switches: "Recent hand-overs",
		noSwitches: "None since the gateway started.",
		switchColumns: {
			time: "Time",
			route: "Route",
			fromTo: "From → to",
			why: "Why",
			when: "When",
			added: "Added",
			request: "Request"
		},
		when: {
			before_first_word: "before first word",
			continued: "mid-answer, continued",
			restarted: "mid-answer, started again"
		},
		requests: "Requests",
		requestColumns: {
			time: "Time",
			route: "Route",
			served: "Answered by",
			signal: "Signal",
			outcome: "Outcome",
			took: "Took",
			attempts: "Tries"
		},
		outcome: {
			answering: "answering",
			complete: "complete",
			interrupted: "broke off",
			failed: "failed",
			cancelled: "caller left"
		},
		filters: {
			title: "Filter",
			route: "Route",
			target: "Target",
			signal: "Signal",
			all: "all",
			switched: "only switched",
			failed: "only failed",
			slower: "slower than (s)",
			clear: "Clear",
			count: (shown, of) => `${shown} of ${of}`
		},
		noRequests: "No request has ended yet.",
		noMatch: "No request matches.",
		switched: "switched",
		story: "The story of this request",
		looking: "Looking for it…",
		notKept: "The gateway no longer has this request: it keeps the last 500, and none over a restart.",
		prompt: "Asked",
		noPrompt: "Prompts and answers are not kept."
	}
};
function newAnswer(key, asked, only, at) {
	return {
		key,
		asked,
		only,
		phase: "sending",
		seen: -1,
		requestId: null,
		at,
		asking: null,
		failed: [],
		parts: [],
		thinking: "",
		story: null,
		finish: null,
		error: null,
		continues: !1
	};
}
function isOver(answer) {
	return answer.phase === "done" || answer.phase === "stopped" || answer.phase === "error";
}
function textOf(answer) {
	let again = answer.parts.findLastIndex((part) => part.seam?.how === "restart");
	return answer.parts.slice(Math.max(again, 0)).map((part) => part.text).join("");
}
function apply(answer, id, happened) {
	if (id <= answer.seen || isOver(answer)) return answer;
	let next = {
		...answer,
		seen: id
	};
	switch (happened.event) {
		case "asked": return {
			...next,
			phase: "asking",
			requestId: happened.data.request_id
		};
		case "asking": return {
			...next,
			asking: happened.data.target
		};
		case "failed": return {
			...next,
			failed: [...answer.failed, happened.data]
		};
		case "served": return {
			...next,
			phase: "answering",
			story: happened.data
		};
		case "text": return {
			...next,
			phase: "answering",
			parts: lengthened(answer.parts, happened.data.text)
		};
		case "thinking": return {
			...next,
			phase: "answering",
			thinking: answer.thinking + happened.data.text
		};
		case "hand_over": return {
			...next,
			parts: [...answer.parts, {
				text: "",
				seam: happened.data
			}]
		};
		case "done": return {
			...next,
			phase: "done",
			finish: happened.data.finish_reason,
			story: happened.data.story
		};
		case "stopped": return {
			...next,
			phase: "stopped",
			story: happened.data.story ?? answer.story
		};
		case "error": return {
			...next,
			phase: "error",
			error: happened.data,
			story: happened.data.story ?? answer.story
		};
		default: return next;
	}
}
function lengthened(parts, text) {
	let last = parts.at(-1);
	if (!last) return [{ text }];
	return [...parts.slice(0, -1), {
		...last,
		text: last.text + text
	}];
}
function chainOf(turn, at = turn.shown) {
	let from = at;
	for (; from > 0 && turn.answers[from]?.continues;) from--;
	return turn.answers.slice(from, at + 1);
}
function versionsOf(turn) {
	return turn.answers.map((_, place) => place).filter((place) => !turn.answers[place + 1]?.continues);
}
function anchorOf(text) {
	return text.trimEnd().match(RegExp("(?:\\S+\\s+){0,5}\\S+$"))?.[0] ?? "";
}
var LEAST_REPEATED = 12;
function added(before, after, over) {
	let tail = before.trimEnd().slice(-500), begun = after.trimStart();
	if (!over && tail.includes(begun)) return "";
	let least = Math.min(LEAST_REPEATED, anchorOf(tail).length) || Infinity;
	for (let length = Math.min(tail.length, begun.length); length >= least; length--) if (tail.endsWith(begun.slice(0, length))) return begun.slice(length);
	return after;
}
function chainText(chain) {
	return chain.reduce((text, answer) => text + (text ? added(text, textOf(answer), isOver(answer)) : textOf(answer)), "");
}
var AT_FAULT = [
	"bad_request",
	"too_long",
	"refused"
];
function messagesFor(conversation, at, chain = []) {
	let messages = [], say = (role, content) => {
		let last = messages.at(-1);
		last?.role === role ? last.content += `\n\n${content}` : messages.push({
			role,
			content
		});
	};
	for (let turn of conversation.turns.slice(0, at)) {
		let shown = chainOf(turn), text = chainText(shown);
		if (!text.trim() && AT_FAULT.includes(shown.at(-1)?.error?.kind ?? "")) continue;
		say("user", turn.question);
		text.trim() && say("assistant", text);
	}
	say("user", conversation.turns[at]?.question ?? "");
	let begun = chainText(chain);
	if (begun.trim()) {
		say("assistant", begun);
		say("user", goOnWith(anchorOf(begun)));
	}
	return messages;
}
function goOnWith(anchor) {
	return `Your last message was cut off. It ended with these words:\n\n${anchor}\n\nGo on from exactly that place. Begin by repeating those words just as they stand, then write on in the same language, style and format until the answer is complete. Do not greet, explain, or mention the interruption.`;
}
function writerOf(answer) {
	return answer.parts.at(-1)?.seam?.to ?? answer.story?.served ?? null;
}
function withTurn(conversation, id, change) {
	return {
		...conversation,
		turns: conversation.turns.map((turn) => turn.id === id ? change(turn) : turn)
	};
}
function withAnswer(conversation, answer) {
	let isOlder = (other) => other.key === answer.key && !isOver(other) && other.seen <= answer.seen, turn = conversation.turns.findLast((turn) => turn.answers.some(isOlder));
	if (!turn) return conversation;
	let answers = turn.answers.map((other) => isOlder(other) ? answer : other);
	return withTurn(conversation, turn.id, (turn) => ({
		...turn,
		answers
	}));
}
function withNewAnswer(turn, answer) {
	return {
		...turn,
		answers: [...turn.answers, answer],
		shown: turn.answers.length
	};
}
function canGoOn(turn) {
	return turn.shown === turn.answers.length - 1 && chainText(chainOf(turn)).trim() !== "";
}
function underWay(conversation) {
	for (let turn of conversation.turns.toReversed()) {
		let found = turn.answers.find((answer) => !isOver(answer));
		if (found) return found;
	}
	return null;
}
function wordCount(text) {
	return text.match(/\S+/g)?.length ?? 0;
}
var isObject = (value) => typeof value == "object" && !!value, isListOf = (value, one) => Array.isArray(value) && value.every((item) => isObject(item) && one(item));
function asIndex(value) {
	if (!isObject(value) || value.v !== 1) return null;
	return isListOf(value.list, ({ id, title, at }) => typeof id == "string" && typeof at == "number" && (title === null || typeof title == "string")) ? value.list : null;
}
function isSame(one, other) {
	let text = (conversation) => JSON.stringify(whole({
		v: 1,
		conversation
	}));
	return text(one) === text(other);
}
function whole(value) {
	let conversation = conversationOf(value), gone = value?.gone;
	return conversation && {
		conversation,
		gone: Array.isArray(gone) ? gone.filter((id) => typeof id == "string") : []
	};
}
function conversationOf(value) {
	let c = isObject(value) && value.v === 1 ? value.conversation : null;
	if (!isObject(c) || typeof c.id != "string" || !isListOf(c.turns, isTurn)) return null;
	let { id, title, at, model, only } = c;
	return {
		id,
		title: typeof title == "string" ? title : null,
		at: typeof at == "number" ? at : 0,
		turns: c.turns.map(ordered),
		model: typeof model == "string" ? model : null,
		only: only === !0
	};
}
var PHASES = [
	"sending",
	"asking",
	"answering",
	"done",
	"stopped",
	"error"
];
function isTurn(turn) {
	return typeof turn.id == "string" && typeof turn.question == "string" && typeof turn.shown == "number" && isListOf(turn.answers, isAnswer);
}
function isAnswer({ key, phase, seen, parts, error, story }) {
	return typeof key == "string" && PHASES.includes(phase) && typeof seen == "number" && isListOf(parts, (part) => typeof part.text == "string") && (error == null || isObject(error) && error.kind in words.error) && (story == null || isObject(story) && Array.isArray(story.steps) && Array.isArray(story.hand_overs));
}
var ordered = ({ id, question, answers, shown }) => ({
	id,
	question,
	answers: answers.map(filledUp),
	shown
}), filledUp = (answer) => ({
	...newAnswer(answer.key, "default", !1, 0),
	...answer
});
function merge(mine, theirs, gone) {
	let newer = later(mine, theirs), turns = united(mine.turns, theirs.turns, (turn) => turn.id, (one, other) => mergeTurns(one, other, newer === mine, gone)).filter((turn) => !gone.has(turn.id));
	return {
		...newer,
		title: newer.title ?? mine.title ?? theirs.title,
		turns: turns.sort(byTime)
	};
}
function later(one, other) {
	if (one.at !== other.at) return one.at > other.at ? one : other;
	return JSON.stringify(one) >= JSON.stringify(other) ? one : other;
}
function byTime(one, other) {
	let at = (turn) => turn.answers[0]?.at ?? Infinity, difference = at(one) - at(other);
	return difference < 0 || difference > 0 ? difference : one.id < other.id ? -1 : 1;
}
function united(mine, theirs, id, both) {
	let rest = new Map(theirs.map((one) => [id(one), one]));
	return [...mine.map((one) => {
		let other = rest.get(id(one));
		rest.delete(id(one));
		return other ? both(one, other) : one;
	}), ...rest.values()];
}
function mergeTurns(mine, theirs, mineIsNewer, gone) {
	let answers = united(mine.answers, theirs.answers, (answer) => answer.key, further).filter((answer) => !gone.has(answer.key));
	answers.sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1));
	let shows = mineIsNewer ? mine : theirs, key = shows.answers[shows.shown]?.key, shown = Math.max(0, answers.findIndex((answer) => answer.key === key));
	return {
		...shows,
		answers,
		shown
	};
}
function further(one, other) {
	return (one.seen - other.seen || Number(isOver(one)) - Number(isOver(other)) || textOf(one).length - textOf(other).length || (JSON.stringify(one) >= JSON.stringify(other) ? 1 : -1)) > 0 ? one : other;
}
var PREFIX = "handover/", storageTrouble = y(null);
function read$3(key) {
	try {
		return localStorage.getItem(PREFIX + key);
	} catch {
		storageTrouble.value = "blocked";
		return null;
	}
}
function write(key, value) {
	try {
		localStorage.setItem(PREFIX + key, value);
		return !0;
	} catch (error) {
		storageTrouble.value = /quota/i.test(String(error?.name)) && localStorage.length > 0 ? "full" : "blocked";
		return !1;
	}
}
function drop$1(key) {
	try {
		localStorage.removeItem(PREFIX + key);
	} catch {
		storageTrouble.value = "blocked";
	}
}
function kept(under) {
	try {
		return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX + under)).map((key) => key.slice(9 + under.length));
	} catch {
		return [];
	}
}
function readJson(key, accepts) {
	let raw = read$3(key);
	if (raw === null) return null;
	let value = parsed(raw, accepts);
	value === null && write(`damaged/${key}/${Date.now()}`, raw) && drop$1(key);
	return value;
}
function parsed(raw, accepts) {
	try {
		return accepts(JSON.parse(raw));
	} catch {
		return null;
	}
}
function onOtherTab(changed) {
	addEventListener("storage", (event) => {
		event.key?.startsWith("handover/") && changed(event.key.slice(9), event.newValue);
	});
}
var usual = {
	showBackup: !0,
	readAloud: !1,
	phoneStyle: !1
};
function accepted(value) {
	let given = value, chosen = (name) => typeof given?.[name] == "boolean" ? given[name] : usual[name];
	return {
		showBackup: chosen("showBackup"),
		readAloud: chosen("readAloud"),
		phoneStyle: chosen("phoneStyle")
	};
}
var load$1 = (raw) => parsed(raw ?? "null", accepted) ?? usual, settings = y(load$1(read$3("settings"))), last = settings.value;
x(() => {
	settings.value !== last && write("settings", JSON.stringify(last = settings.value));
});
onOtherTab((key, raw) => {
	key === "settings" && (settings.value = last = load$1(raw));
});
var TITLE_LENGTH = 60, newId = () => {
	let bytes = crypto.getRandomValues(new Uint8Array(12));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};
function fresh() {
	let picked = parsed(read$3("picked") ?? "", (value) => value), model = typeof picked?.model == "string" ? picked.model : null;
	return {
		id: newId(),
		title: null,
		at: Date.now(),
		turns: [],
		model,
		only: model !== null && picked?.only === !0
	};
}
var opened = new Map(), gone = new Map(), unsaved = new Set(), timer, conversations = y(readIndex()), conversation = y(first()), draft = y(read$3(draftKey()) ?? "");
function first() {
	let id = null;
	try {
		id = sessionStorage.getItem("handover/open");
	} catch {}
	return id && load(id) || remembered(fresh());
}
function remembered(c) {
	opened.set(c.id, c);
	return c;
}
function load(id) {
	let here = opened.get(id);
	if (here) return here;
	let stored = readJson(`chat/${id}`, whole);
	if (stored?.conversation.id !== id) return null;
	gone.set(id, new Set(stored.gone));
	return remembered(stored.conversation);
}
function change(fn, id = conversation.value.id) {
	let before = load(id);
	if (!before) return;
	let changed = fn(before);
	if (changed === before) return;
	let next = {
		...changed,
		title: changed.title ?? titleOf(changed.turns),
		at: Date.now()
	}, isOpen = conversation.value.id === id;
	opened.set(id, next);
	takenBack$1(before, next);
	isOpen && (conversation.value = next);
	(next.model !== before.model || next.only !== before.only) && write("picked", JSON.stringify({
		model: next.model,
		only: next.only
	}));
	if (isOpen && before.turns.length === 0 && next.turns.length > 0) {
		drop$1("draft/new");
		keepDraft();
	}
	unsaved.add(id);
	isRunning(next) ? timer ??= setTimeout(saveAll, 300) : saveAll();
}
var idsOf = (c) => c.turns.flatMap((turn) => [turn.id, ...turn.answers.map((answer) => answer.key)]);
function takenBack$1(before, next) {
	let left = new Set(idsOf(next)), missing = idsOf(before).filter((id) => !left.has(id));
	missing.length > 0 && gone.set(next.id, new Set([...gone.get(next.id) ?? [], ...missing].slice(-100)));
}
function isRunning(c) {
	return c.turns.some((turn) => turn.answers.some((answer) => !isOver(answer)));
}
function titleOf(turns) {
	let text = turns[0]?.question.slice(0, 1e3).replace(/\s+/g, " ").trim();
	if (!text) return null;
	return text.length <= TITLE_LENGTH ? text : `${text.slice(0, TITLE_LENGTH).replace(/\s\S{0,20}$/, "")}…`;
}
function saveAll() {
	clearTimeout(timer);
	timer = void 0;
	for (let id of unsaved) {
		let c = opened.get(id);
		if (c && !(c.turns.length > 0 ? save(c) : empty(id))) continue;
		unsaved.delete(id);
	}
}
function save(c) {
	let others = readIndex().filter((entry) => entry.id !== c.id), all = [{
		id: c.id,
		title: c.title,
		at: c.at
	}, ...others].sort((one, other) => other.at - one.at);
	conversations.value = all.slice(0, 50);
	for (let old of all.slice(50)) forget(old.id);
	let item = {
		v: 1,
		conversation: c,
		gone: [...gone.get(c.id) ?? []]
	};
	if (!(write(`chat/${c.id}`, JSON.stringify(item)) && writeIndex())) return !1;
	storageTrouble.value = null;
	return !0;
}
function empty(id) {
	drop$1(`chat/${id}`);
	return conversations.value.every((entry) => entry.id !== id) || unlist(id);
}
function unlist(id) {
	conversations.value = readIndex().filter((entry) => entry.id !== id);
	return writeIndex();
}
var writeIndex = () => write("index", JSON.stringify({
	v: 1,
	list: conversations.value
}));
function readIndex() {
	let list = readJson("index", asIndex) ?? entries(kept("chat/")), alone = storageTrouble.peek() === null ? [] : [...opened.keys()].filter((id) => list.every((e) => e.id !== id));
	return [...list, ...entries(alone)].sort((one, other) => other.at - one.at);
}
function entries(ids) {
	return ids.map(load).filter((c) => c !== null && c.turns.length > 0).map(({ id, title, at }) => ({
		id,
		title,
		at
	}));
}
function draftKey() {
	let { id, turns } = conversation.peek();
	return `draft/${turns.length > 0 ? id : "new"}`;
}
function keepDraft() {
	draft.peek() === "" ? drop$1(draftKey()) : write(draftKey(), draft.peek());
}
function show(c) {
	r(() => {
		conversation.value = c;
		draft.value = read$3(draftKey()) ?? "";
	});
}
function newConversation() {
	conversation.value.turns.length > 0 && show(remembered(fresh()));
}
function openConversation(id) {
	reread(id);
	let c = load(id);
	c ? show(c) : unlist(id);
}
function rename(id, title) {
	change((c) => ({
		...c,
		title: title.trim() || null
	}), id);
}
function remove(id) {
	forget(id);
	unlist(id);
	conversation.value.id === id && show(remembered(fresh()));
}
function removeAll() {
	for (let { id } of conversations.value) forget(id);
	for (let id of [...opened.keys(), ...kept("chat/")]) forget(id);
	conversations.value = [];
	writeIndex() && (storageTrouble.value = null);
	show(remembered(fresh()));
}
function forget(id) {
	opened.delete(id);
	unsaved.delete(id);
	gone.delete(id);
	drop$1(`chat/${id}`);
	drop$1(`draft/${id}`);
}
function takeOver(id, raw) {
	let mine = opened.get(id), theirs = parsed(raw, whole);
	if (!mine || !theirs) return;
	let without = new Set([...gone.get(id) ?? [], ...theirs.gone]), merged = merge(mine, theirs.conversation, without);
	gone.set(id, without);
	opened.set(id, merged);
	conversation.value.id === id && (conversation.value = merged);
	if (isSame(merged, theirs.conversation)) return;
	unsaved.add(id);
	timer ??= setTimeout(saveAll, 300);
}
function otherTab(key, raw) {
	key === "index" ? conversations.value = readIndex() : key.startsWith("chat/") && raw !== null && takeOver(key.slice(5), raw);
}
function visibilityChanged() {
	document.visibilityState === "hidden" ? saveAll() : reread(conversation.value.id);
}
function reread(id) {
	let raw = read$3(`chat/${id}`);
	raw !== null && !unsaved.has(id) && takeOver(id, raw);
}
x(() => {
	let { id } = conversation.value;
	try {
		sessionStorage.setItem("handover/open", id);
	} catch {}
});
x(() => {
	draft.value;
	keepDraft();
});
onOtherTab(otherTab);
addEventListener("pagehide", saveAll);
document.addEventListener("visibilitychange", visibilityChanged);
function edit(question) {
	let typed = draft.peek().trim();
	draft.value = !typed || typed === question ? question : `${question}\n\n${typed}`;
	focusComposer();
}
function focusComposer() {
	document.querySelector("#message")?.focus();
}
var Refused = class extends Error {
	status;
	code;
	constructor(status, message, code) {
		super(message);
		this.status = status;
		this.code = code;
	}
};
async function getJson(path, init) {
	let response = await fetch(path, init);
	if (!response.ok) throw await refusal(response);
	return await response.json();
}
async function refusal(response) {
	let body = await response.json().catch(() => null);
	return new Refused(response.status, body?.error?.message ?? response.statusText, body?.error?.code ?? null);
}
function parts(target) {
	let at = target.indexOf("/");
	return at < 0 ? {
		provider: "",
		model: target
	} : {
		provider: target.slice(0, at),
		model: target.slice(at + 1)
	};
}
function modelName(target, among = []) {
	let { model } = parts(target);
	return among.some((other) => other !== target && parts(other).model === model) ? target : model;
}
var path = y(location.pathname);
addEventListener("popstate", () => path.value = location.pathname);
function go(event) {
	if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
	event.preventDefault();
	let { pathname } = event.currentTarget;
	pathname !== location.pathname && history.pushState(null, "", pathname);
	path.value = pathname;
}
var SILENT_AFTER_MS = 8e3, status = y(null), history$1 = y(null), updatedAt = y(null), now$1 = y(0), ageMs = O(() => updatedAt.value === null ? null : Math.max(0, now$1.value - updatedAt.value)), isStale = O(() => ageMs.value !== null && ageMs.value > 5e3), serverNow = O(() => {
	let at = status.value?.at_ms;
	return at === void 0 ? Date.now() : at + (ageMs.value ?? 0);
}), elapsed = new class {
	monotonic;
	wall;
	passed = 0;
	constructor(monotonic, wall) {
		this.monotonic = monotonic;
		this.wall = wall;
	}
	at(monotonic, wall) {
		this.passed += Math.max(0, monotonic - this.monotonic, wall - this.wall);
		this.monotonic = monotonic;
		this.wall = wall;
		return this.passed;
	}
}(performance.now(), Date.now());
function tick() {
	return now$1.value = elapsed.at(performance.now(), Date.now());
}
var source = null, openedAt = 0;
function connect() {
	source?.close();
	openedAt = tick();
	source = new EventSource("/api/live");
	source.addEventListener("status", (event) => {
		status.value = JSON.parse(event.data);
		updatedAt.value = tick();
	});
	source.addEventListener("history", (event) => {
		history$1.value = JSON.parse(event.data);
	});
}
function isSilent(nowMs, openedMs, updatedMs) {
	return nowMs - Math.max(openedMs, updatedMs ?? 0) > SILENT_AFTER_MS;
}
function isWanted() {
	return !document.hidden || location.pathname === "/status";
}
function watch() {
	tick();
	if (isWanted()) (source === null || isSilent(now$1.value, openedAt, updatedAt.value)) && connect();
	else {
		source?.close();
		source = null;
	}
}
function start$1() {
	connect();
	setInterval(watch, 1e3);
	document.addEventListener("visibilitychange", () => {
		source === null && watch();
	});
}
var HEIGHTS = [
	2,
	5,
	8,
	11
];
function filled(level) {
	return level === "unrated" ? 0 : Number(level);
}
function Bars({ level }) {
	return k("svg", {
		class: `bars b-${level}`,
		viewBox: "0 0 19 14",
		"aria-hidden": "true"
	}, HEIGHTS.map((height, place) => k("rect", {
		key: place,
		x: .8 + place * 4.6,
		y: 13 - height,
		width: "3",
		height,
		rx: ".6",
		class: place < filled(level) ? "on" : ""
	})), level === "0" && k("path", {
		class: "cross",
		d: "M2 2l9 9M11 2l-9 9"
	}));
}
function Signal({ level }) {
	let { word, tag } = words.signal[level];
	return k("span", { class: `signal s-${level}` }, k(Bars, { level }), settings.value.phoneStyle ? k($, null, k("span", { "aria-hidden": "true" }, tag), k("span", { class: "sr" }, word)) : word);
}
function duration(ms) {
	let s = ms / 1e3;
	if (ms < 99.5) return `${Math.round(ms)} ms`;
	if (s < 9.95) return `${s.toFixed(1)} s`;
	return coarse(s);
}
function ticking(ms) {
	return coarse(Math.max(1, ms / 1e3));
}
function coarse(s) {
	if (s < 99.5) return `${Math.round(s)} s`;
	if (s < 5970) return `${Math.round(s / 60)} min`;
	if (s < 172800) return `${Math.round(s / 3600)} h`;
	return `${Math.round(s / 86400)} ${words.time.days}`;
}
function clock(unixMs, seconds = !1) {
	let options = {
		hour: "2-digit",
		minute: "2-digit",
		hourCycle: "h23"
	};
	seconds && (options.second = "2-digit");
	return new Intl.DateTimeFormat(void 0, options).format(unixMs);
}
function moment(unixMs, nowMs) {
	let day = new Intl.DateTimeFormat(void 0, {
		day: "numeric",
		month: "short"
	}), of = day.format(unixMs);
	return of === day.format(nowMs) ? clock(unixMs) : `${of}, ${clock(unixMs)}`;
}
function money(amount, currency) {
	let digits = amount === 0 || amount >= .995 ? 2 : amount >= .01 ? 3 : 5;
	return (currency === "USD" ? "$" : `${currency} `) + amount.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, "$1");
}
function percent(share) {
	return `${Math.floor(share * 1e3 + 1e-6) / 10} %`;
}
function stateOf(target, route) {
	if (target.is_off || target.state === "off") return "off";
	switch (target.state) {
		case "resting": return "resting";
		case "testing": return "testing";
		case "ramping": return "returning";
		case "full": return "full";
		case "ready":
			if (target.slow) return "slow";
			if (route.answering === target.id) return "answering";
			return isBehind(target, route) ? "standby" : "ready";
	}
}
function isBehind(target, route) {
	let answering = route.targets.find((other) => other.id === route.answering);
	return answering !== void 0 && target.place > answering.place;
}
function nextTry(target, sinceMs) {
	if (target.is_off || target.tried_again_in_s === null) return null;
	let left = target.tried_again_in_s * 1e3 - sinceMs;
	return left > 0 ? words.status.nextTry(ticking(left)) : words.status.nextTryNow;
}
function measured(target) {
	let all = target.keys.map((key) => key.breaker.state), best = [
		"closed",
		"ramping",
		"probing"
	].find((state) => all.includes(state)), worst = target.provider_breaker.state;
	if (worst === "open" || all.length > 0 && best === void 0) return "resting";
	if (worst === "probing" || best === "probing") return "testing";
	if (worst === "ramping" || best === "ramping") return "returning";
	return "ready";
}
var shownRoute = y(null), route = O(() => {
	let routes = status.value?.routes ?? [];
	return routes.find((r) => r.name === shownRoute.value) ?? routes[0] ?? null;
});
function levelOf(of) {
	let target = of?.targets.find((t) => t.id === of.answering);
	return target ? target.signal : "0";
}
var open$4 = y(!1);
function Chip() {
	let box = T(null), button = T(null);
	A(() => {
		let close = (event) => {
			let outside = event.type !== "keydown" && !box.current?.contains(event.target), escape = event instanceof KeyboardEvent && event.key === "Escape";
			if (!open$4.value || !(outside || escape)) return;
			escape && box.current?.contains(document.activeElement) && button.current?.focus();
			open$4.value = !1;
		};
		addEventListener("pointerdown", close);
		addEventListener("keydown", close);
		return () => {
			removeEventListener("pointerdown", close);
			removeEventListener("keydown", close);
		};
	}, []);
	if (status.value === null) return k("span", { class: "muted small" }, words.chip.unknown);
	let of = route.value, level = isStale.value ? "unrated" : levelOf(of), text = isStale.value ? words.chip.unreachable : of ? words.chip[of.level] : words.chip.none;
	return k("div", {
		class: "chip",
		ref: box
	}, k("button", {
		type: "button",
		class: "plain",
		ref: button,
		"aria-expanded": open$4.value,
		onClick: () => open$4.value = !open$4.value
	}, k("span", { class: "sr" }, words.chip.signal), !isStale.value && k(Signal, { level }), k("span", { class: "muted small" }, text), k("span", { class: "sr" }, words.chip.open)), open$4.value && of && k("div", {
		class: "popover",
		role: "dialog",
		"aria-label": words.signal[levelOf(of)].word
	}, k("p", null, isStale.value ? words.status.wentOld : words.signal[level].sentence), k("p", { class: "muted small" }, words.chip.chain), k("ol", null, of.targets.slice(0, MOST$1).map((target) => {
		let state = stateOf(target, of), next = nextTry(target, ageMs.value ?? 0);
		return k("li", { key: target.id }, k(Signal, { level: target.signal }), " ", modelName(target.id, of.targets.map((t) => t.id)), " ", k("span", { class: "muted small" }, words.state[state].mark, " ", words.state[state].word, next && `, ${next}`));
	})), of.targets.length > MOST$1 && k("p", { class: "muted small" }, words.status.morePlaces(of.targets.length - MOST$1)), k("p", { class: "muted small" }, words.chip.meaning), k("a", {
		href: "/status",
		onClick: (event) => {
			go(event);
			event.defaultPrevented && (open$4.value = !1);
		}
	}, words.chip.toStatus)));
}
var MOST$1 = 10;
function choicesOf(now) {
	let routes = now?.routes ?? [], targets = new Map();
	for (let route of routes) for (let target of route.targets) targets.has(target.id) || targets.set(target.id, [target, route]);
	let ids = [...targets.keys()], auto = routeChoice(routes[0] ?? null, null, words.picker.auto), others = routes.slice(1).map((route) => routeChoice(route, route.name, words.picker.autoRoute(route.name))), models = [...targets.values()].map(([target, route]) => targetChoice(target, route, modelName(target.id, ids)));
	return [
		auto,
		...others,
		...models
	];
}
function routeChoice(route, model, name) {
	let ids = route?.targets.map((target) => target.id) ?? [], note = words.picker.chain(ids.slice(0, 4).map((id) => modelName(id, ids)));
	return {
		model,
		name,
		route,
		target: null,
		signal: route && levelOf(route),
		state: null,
		note
	};
}
function targetChoice(target, route, name) {
	let state = stateOf(target, route), again = target.tried_again_in_s, rests = state === "resting" && again !== null ? words.status.nextTry(ticking(again * 1e3)) : "", note = [parts(target.id).provider, rests].filter(Boolean).join(", ");
	return {
		model: target.id,
		name,
		route,
		target,
		signal: target.signal,
		state,
		note
	};
}
var choices = O(() => choicesOf(status.value));
function picked(c) {
	let all = choices.value, auto = all[0];
	if (c.model === null) return {
		choice: auto,
		only: !1,
		gone: null
	};
	let found = all.find((choice) => choice.model === c.model);
	if (found) return {
		choice: found,
		only: c.only && found.target !== null,
		gone: null
	};
	if (status.value) return {
		choice: auto,
		only: !1,
		gone: c.model
	};
	return {
		choice: {
			...auto,
			model: c.model,
			name: modelName(c.model)
		},
		only: c.only,
		gone: null
	};
}
var choice = O(() => picked(conversation.value));
function standing({ route, target }) {
	let spoken = target ?? route?.targets[0];
	if (!route || !spoken) return "";
	let name = modelName(spoken.id, route.targets.map((other) => other.id)), state = stateOf(spoken, route), again = spoken.tried_again_in_s;
	if (state === "resting" && again !== null) return words.chip.nextTry(name, ticking(again * 1e3));
	if (state === "off") return words.chip.isOff(name);
	if (state === "answering" || state === "ready" || state === "standby") return "";
	return words.picker.stands(name, words.state[state].word);
}
var MOST = 50, open$3 = y(!1), query = y(""), active = y(0), changedUnder = y(null);
x(() => {
	let { choice: next } = choice.value;
	shownRoute.value = next.model === null ? null : next.route?.name ?? null;
});
function openPicker(typed = "") {
	query.value = typed;
	let at = found().findIndex(isPicked);
	active.value = typed === "" ? Math.max(0, at) : 0;
	open$3.value = !0;
}
var isPicked = (one) => one.model === choice.value.choice.model;
function matching() {
	let wanted = query.value.toLowerCase().split(/\s+/).filter(Boolean), text = (one) => `${one.name} ${one.model ?? ""}`.toLowerCase(), hits = choices.value.filter((one) => wanted.every((word) => text(one).includes(word))), first = (one) => +!one.name.toLowerCase().startsWith(wanted[0] ?? "");
	return wanted.length === 0 ? hits : hits.sort((one, other) => first(one) - first(other));
}
function found() {
	let all = matching(), shown = all.slice(0, MOST), chosen = query.value === "" ? all.slice(MOST).find(isPicked) : void 0;
	return chosen ? [...shown, chosen] : shown;
}
var runningKey = () => conversation.value.turns.flatMap((turn) => turn.answers).at(-1)?.key ?? null;
function pick(one) {
	if (!one) return;
	set({ model: one.model });
}
function set(to) {
	isRunning(conversation.value) && (changedUnder.value = runningKey());
	change((c) => ({
		...c,
		...to
	}));
}
function Picker() {
	let box = T(null), button = T(null), { choice: next, gone } = choice.value, close = () => {
		open$3.value = !1;
		button.current?.focus();
	};
	A(() => {
		let outside = (event) => {
			box.current?.contains(event.target) || (open$3.value = !1);
		};
		addEventListener("pointerdown", outside);
		return () => {
			removeEventListener("pointerdown", outside);
			open$3.value = !1;
		};
	}, []);
	let keyOnButton = (event) => {
		let typed = /^[\p{L}\p{N}]$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
		if (event.key !== "ArrowDown" && event.key !== "ArrowUp" && !typed) return;
		event.preventDefault();
		event.stopPropagation();
		openPicker(typed ? event.key : "");
	}, later = isRunning(conversation.value) && changedUnder.value === runningKey(), note = gone ? words.picker.gone(modelName(gone)) : later ? words.picker.fromNext : standing(next);
	return k("div", {
		class: "picker",
		ref: box
	}, k("button", {
		type: "button",
		class: "btn",
		ref: button,
		"aria-haspopup": "dialog",
		"aria-expanded": open$3.value,
		"aria-label": `${words.picker.label}: ${next.name}`,
		onClick: () => open$3.value ? close() : openPicker(),
		onKeyDown: keyOnButton
	}, k("span", { class: "name" }, next.name), " ▾"), next.signal && k(Signal, { level: next.signal }), k("span", { class: "muted small" }, note), open$3.value && k(List$1, { close }));
}
function List$1({ close }) {
	let search = T(null), list = T(null), options = found(), hidden = matching().length - options.length, at = Math.min(active.value, options.length - 1), { only, choice: next } = choice.value;
	F(() => search.current?.focus(), []);
	A(() => {
		list.current?.querySelector(".active")?.scrollIntoView?.({ block: "nearest" });
	}, [at, query.value]);
	let keys = {
		ArrowDown: () => active.value = (at + 1) % options.length,
		ArrowUp: () => active.value = (at + options.length - 1) % options.length,
		Home: () => active.value = 0,
		End: () => active.value = options.length - 1,
		Enter: () => {
			pick(options[at]);
			close();
		},
		Escape: close
	};
	return k("div", {
		class: "list",
		role: "dialog",
		"aria-label": words.picker.label,
		onKeyDown: (event) => {
			let act = event.target === search.current || event.key === "Escape" ? keys[event.key] : void 0;
			event.stopPropagation();
			if (!act || event.isComposing) return;
			event.preventDefault();
			act();
		},
		onFocusOut: (event) => {
			let to = event.relatedTarget;
			to && !event.currentTarget.contains(to) && (open$3.value = !1);
		}
	}, k("input", {
		ref: search,
		type: "text",
		role: "combobox",
		"aria-label": words.picker.search,
		placeholder: words.picker.search,
		"aria-expanded": "true",
		"aria-autocomplete": "list",
		"aria-controls": "models",
		"aria-activedescendant": at >= 0 ? `model-${at}` : void 0,
		autocomplete: "off",
		spellcheck: !1,
		value: query.value,
		onInput: (event) => {
			query.value = event.currentTarget.value;
			active.value = 0;
		}
	}), k("ul", {
		ref: list,
		id: "models",
		role: "listbox",
		"aria-label": words.picker.label
	}, options.map((one, place) => k("li", {
		key: one.model,
		id: `model-${place}`,
		role: "option",
		class: place === at ? "active" : "",
		"aria-selected": isPicked(one),
		onPointerDown: (event) => event.preventDefault(),
		onClick: () => {
			pick(one);
			close();
		}
	}, k("span", { class: "row" }, k("b", null, one.name), one.model === null && k("span", { class: "muted small" }, words.picker.recommended), k("span", { class: "fill" }), one.signal && k(Signal, { level: one.signal })), k("span", { class: "muted small" }, one.state && `${words.state[one.state].mark} ${words.state[one.state].word} · `, one.note)))), k("p", {
		class: "muted small",
		role: "status"
	}, options.length === 0 ? words.picker.none : hidden > 0 ? words.picker.more(hidden) : "", choices.value.length < 2 && words.picker.noStatus), k("label", { class: "row" }, k("input", {
		type: "checkbox",
		role: "switch",
		checked: only,
		disabled: !next.target,
		onChange: (event) => set({ only: event.currentTarget.checked })
	}), words.picker.only));
}
var Splitter = class {
	rest = "";
	push(text) {
		let whole = this.rest + text, held = whole.endsWith("\r") ? whole.length - 1 : whole.length, events = whole.slice(0, held).replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n\n");
		this.rest = (events.pop() ?? "") + whole.slice(held);
		return events.map(read$2).filter((event) => event.data !== "");
	}
};
function read$2(block) {
	let event = {
		id: "",
		event: "message",
		data: ""
	}, data = [];
	for (let line of block.split("\n")) {
		let colon = line.indexOf(":");
		if (colon === 0) continue;
		let name = colon < 0 ? line : line.slice(0, colon), value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
		name === "data" ? data.push(value) : name === "event" ? event.event = value : name === "id" && (event.id = value);
	}
	event.data = data.join("\n");
	return event;
}
async function* serverEvents(response) {
	if (!response.body) return;
	let reader = response.body.getReader(), decoder = new TextDecoder(), splitter = new Splitter();
	try {
		for (;;) {
			let { done, value } = await reader.read();
			if (done) return;
			yield* splitter.push(decoder.decode(value, { stream: !0 }));
		}
	} finally {
		reader.cancel().catch(() => void 0);
	}
}
var said = y(""), read$1 = y("");
function boundary(before, after) {
	let seam = after.parts.at(-1)?.seam;
	if (isOver(after) && !isOver(before)) {
		if (after.phase === "stopped") return words.say.stopped;
		if (after.phase === "error") return null;
		return words.say.complete(wordCount(textOf(after)), words.signal[after.story?.signal ?? "unrated"].word.toLowerCase());
	}
	if (seam && after.parts.length > before.parts.length) return words.say.wentOn(modelName(seam.to), modelName(seam.from));
	let writer = writerOf(after);
	if (!writer || writerOf(before)) return null;
	let failed = after.failed.at(-1);
	if (failed && failed.target !== writer) return words.say.switched(modelName(writer), modelName(failed.target), words.reason(failed.code));
	return words.say.answering(modelName(writer));
}
function say(text) {
	said.value = said.peek() === text ? `${text} ` : text;
}
function announce(before, after) {
	let text = boundary(before, after);
	text && say(text);
	isOver(after) && !isOver(before) && settings.peek().readAloud && (read$1.value = textOf(after));
}
function Say() {
	return k($, null, k("div", {
		class: "sr",
		role: "status"
	}, said), k("div", {
		class: "sr",
		"aria-live": "polite"
	}, read$1));
}
var DELAYS_MS = [
	500,
	1e3,
	2e3,
	5e3,
	1e4,
	15e3
], SILENT_MS = 45e3, FRESH_MS = 12e4, REST_MS = 16, HIDDEN_FRAME_MS = 250, waiting = y({}), runs = new Map(), current = O(() => underWay(conversation.value));
function pickedIn(c) {
	let { choice, only } = picked(c);
	return {
		asked: choice.model ?? choice.route?.name ?? "default",
		only
	};
}
function send(text) {
	let question = text.trim();
	if (!question || current.peek()) return;
	let id = newId();
	change((c) => ({
		...c,
		turns: [...c.turns, {
			id,
			question,
			answers: [],
			shown: 0
		}]
	}));
	ask(id);
}
function ask(turnId, choice, continues = !1) {
	if (current.peek()) return;
	let { asked, only } = choice ?? pickedIn(conversation.peek()), answer = {
		...newAnswer(newId(), asked, only, Date.now()),
		continues
	};
	change((c) => withTurn(c, turnId, (turn) => withNewAnswer(turn, answer)));
	start(answer);
}
function stop() {
	let answer = current.peek();
	if (!answer) return;
	let run = runs.get(answer.key), told = fetch(`/api/chat/${answer.key}`, { method: "DELETE" });
	if (answer.phase === "sending") {
		told.catch(() => void 0);
		run && drop(run);
		change((c) => takenBack(c, answer));
	} else {
		let ends = () => end({
			...run?.answer ?? answer,
			phase: "stopped"
		});
		told.then((response) => response.ok ? void 0 : ends(), ends);
	}
}
function stopIn(id) {
	for (let run of runs.values()) {
		if (id !== void 0 && run.conversation !== id) continue;
		fetch(`/api/chat/${run.answer.key}`, { method: "DELETE" }).catch(() => void 0);
		drop(run);
	}
}
function takenBack(c, answer) {
	let turns = c.turns.map((turn) => {
		let answers = turn.answers.filter((other) => other.key !== answer.key);
		return answers.length === turn.answers.length ? turn : {
			...turn,
			answers,
			shown: Math.max(0, answers.length - 1)
		};
	}), gone = turns.find((turn) => turn.answers.length === 0);
	gone && !draft.peek() && (draft.value = gone.question);
	return {
		...c,
		turns: turns.filter((turn) => turn !== gone)
	};
}
function now(key) {
	runs.get(key)?.wake();
}
function resume() {
	let open = conversation.peek();
	for (let answer of open.turns.flatMap((turn) => turn.answers)) {
		if (isOver(answer) || runs.has(answer.key)) continue;
		answer.phase === "sending" && Date.now() - answer.at > FRESH_MS ? end(failure(answer, "lost")) : start(answer);
	}
}
function follow$1() {
	let opened = O(() => `${conversation.value.id} ${current.value?.key}`), stopFollowing = x(() => {
		opened.value && queueMicrotask(resume);
	}), online = () => runs.forEach((run) => run.wake()), hidden = () => document.hidden && flush();
	addEventListener("online", online);
	document.addEventListener("visibilitychange", hidden);
	return () => {
		stopFollowing();
		removeEventListener("online", online);
		document.removeEventListener("visibilitychange", hidden);
	};
}
function start(answer) {
	let run = {
		conversation: conversation.peek().id,
		messages: messagesOf(answer),
		answer,
		shown: answer,
		abort: new AbortController(),
		wake: () => void 0
	};
	runs.set(answer.key, run);
	read(run);
}
async function read(run) {
	for (let failures = 0; runs.get(run.answer.key) === run && !isOver(run.answer);) {
		let seen = run.answer.seen, busy = !1;
		try {
			let { response, alive } = await open$2(run);
			if (response.ok) {
				for await (let { id, event, data } of serverEvents(response)) {
					if (runs.get(run.answer.key) !== run) return;
					unwait(run);
					take(run, apply(run.answer, Number(id), {
						event,
						data: JSON.parse(data)
					}));
					if (isOver(run.answer)) break;
				}
				alive.stop();
			} else {
				let refused = await refusal(response);
				busy = refused.status === 429 || refused.status === 503;
				refused.status < 500 && !busy && take(run, failure(run.answer, kindOf$1(refused.status, run.answer), refused.message, refused.code));
			}
		} catch {}
		if (isOver(run.answer) || runs.get(run.answer.key) !== run) return;
		failures = run.answer.seen > seen ? 0 : failures;
		await pause$1(run, DELAYS_MS[Math.min(failures++, DELAYS_MS.length - 1)] ?? 0, busy);
		if (isOverElsewhere(run)) return drop(run);
	}
}
function isOverElsewhere(run) {
	let open = conversation.peek();
	if (open.id !== run.conversation) return !1;
	let shown = open.turns.flatMap((turn) => turn.answers).find((answer) => answer.key === run.answer.key);
	return !shown || isOver(shown);
}
async function open$2(run) {
	let { key, seen, asked, only, phase } = run.answer, abort = run.abort = new AbortController(), timer = setTimeout(() => abort.abort(), SILENT_MS), alive = {
		sign: () => {
			clearTimeout(timer);
			timer = setTimeout(() => abort.abort(), SILENT_MS);
		},
		stop: () => clearTimeout(timer)
	};
	try {
		let response = phase === "sending" ? await fetch("/api/chat", {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({
				key,
				model: asked,
				messages: run.messages,
				only
			}),
			signal: abort.signal
		}) : await fetch(`/api/chat/${key}?after=${seen}`, { signal: abort.signal });
		alive.sign();
		if (!response.ok || !response.body) alive.stop();
		else if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
			let watched = new TransformStream({ transform(bytes, out) {
				alive.sign();
				out.enqueue(bytes);
			} });
			return {
				response: new Response(response.body.pipeThrough(watched)),
				alive
			};
		} else throw TypeError("not the gateway");
		return {
			response,
			alive
		};
	} catch (error) {
		alive.stop();
		throw error;
	}
}
function messagesOf({ key, continues }) {
	let c = conversation.peek(), at = c.turns.findIndex((turn) => turn.answers.some((answer) => answer.key === key)), turn = c.turns[at], place = turn?.answers.findIndex((answer) => answer.key === key) ?? 0;
	return messagesFor(c, at, turn && continues ? chainOf(turn, place - 1) : []);
}
function pause$1(run, ms, busy) {
	if (ms > (DELAYS_MS[0] ?? 0) || run.answer.phase === "sending") {
		let why = busy ? "busy" : navigator.onLine === !1 ? "offline" : "gateway";
		waiting.value = {
			...waiting.peek(),
			[run.answer.key]: {
				why,
				until: performance.now() + ms
			}
		};
	}
	return new Promise((resolve) => {
		let timer = setTimeout(resolve, ms);
		run.wake = () => {
			clearTimeout(timer);
			resolve();
		};
	});
}
function unwait(run) {
	let { [run.answer.key]: gone, ...rest } = waiting.peek();
	gone && (waiting.value = rest);
}
function kindOf$1(status, answer) {
	if (status === 404) return answer.phase === "sending" ? "no_such_model" : "lost";
	if (status === 413) return "too_long";
	return status === 401 || status === 403 ? "config" : "bad_request";
}
function failure(answer, kind, message = "", code = null) {
	let error = {
		kind,
		message,
		code,
		status: null,
		retry_in_s: null,
		story: answer.story
	};
	return {
		...answer,
		phase: "error",
		error
	};
}
function take(run, answer) {
	let accepted = run.answer.phase === "sending" && answer.phase !== "sending" && answer.requestId !== null;
	run.answer = isOver(answer) ? {
		...answer,
		endedAt: Date.now()
	} : answer;
	accepted && accept(run);
	schedule();
}
function accept(run) {
	let turn = conversation.peek().turns.find((turn) => turn.answers.some((a) => a.key === run.answer.key));
	turn && draft.peek().trim() === turn.question && (draft.value = "");
}
var scheduled = !1;
function schedule() {
	if (scheduled) return;
	scheduled = !0;
	document.hidden ? setTimeout(flush, HIDDEN_FRAME_MS) : setTimeout(() => requestAnimationFrame(flush), REST_MS);
}
function flush() {
	scheduled = !1;
	for (let run of runs.values()) {
		let { answer, shown } = run;
		if (answer !== shown) {
			run.shown = answer;
			change((c) => withAnswer(c, answer), run.conversation);
			run.conversation === conversation.peek().id && announce(shown, answer);
		}
		isOver(answer) && drop(run);
	}
}
function end(answer) {
	let run = runs.get(answer.key);
	if (run && isOver(run.answer)) return;
	let ended = {
		...answer,
		endedAt: Date.now()
	};
	if (run) {
		run.answer = ended;
		flush();
	} else change((c) => withAnswer(c, ended));
}
function drop(run) {
	unwait(run);
	runs.delete(run.answer.key);
	run.abort.abort();
	run.wake();
}
var LONG = 1e5, DOUBLE_CLICK_MS = 400, MOST_LINES$1 = 8;
function lines(text) {
	return Math.min(MOST_LINES$1, Math.max(2, text.slice(0, 2e3).split("\n").length));
}
function Composer({ sent }) {
	let busy = current.value !== null, text = draft.value, submit = () => {
		if (busy || !draft.peek().trim()) return;
		send(draft.peek());
		sent();
	};
	return k("form", {
		class: "composer",
		onSubmit: (event) => event.preventDefault()
	}, k("label", {
		class: "sr",
		for: "message"
	}, words.chat.label), k("textarea", {
		id: "message",
		rows: lines(text),
		placeholder: words.chat.placeholder,
		value: text,
		onInput: (event) => draft.value = event.currentTarget.value,
		onKeyDown: (event) => {
			if (event.isComposing || event.keyCode === 229) return;
			let last = conversation.peek().turns.at(-1);
			if (event.key === "Enter" && !event.shiftKey) submit();
			else if (event.key === "ArrowUp" && !draft.peek() && last) edit(last.question);
			else return;
			event.preventDefault();
		}
	}), text.length > LONG && k("p", { class: "muted small" }, words.chat.longMessage(size(text.length))), k("div", { class: "row" }, k(Picker, null), k("span", { class: "fill" }), k("span", { class: "muted small hint" }, words.chat.enterSends), k("button", {
		type: "button",
		class: "btn primary",
		disabled: !busy && !text.trim(),
		onClick: busy ? stopSoon : submit
	}, busy ? words.chat.stop : words.chat.send)));
}
function stopSoon() {
	Date.now() - (current.peek()?.at ?? 0) > DOUBLE_CLICK_MS && stop();
}
function size(characters) {
	return characters < 1e6 ? `${Math.round(characters / 1e3)} KB` : `${(characters / 1e6).toFixed(1)} MB`;
}
function Dialog({ title, label, kind, close, children }) {
	let dialog = T(null);
	A(() => {
		let box = dialog.current, before = document.activeElement;
		box?.showModal();
		return () => {
			box?.close();
			before?.focus();
		};
	}, []);
	return k("dialog", {
		class: kind,
		ref: dialog,
		"aria-label": label ?? title,
		onClose: close,
		onClick: (event) => event.target === dialog.current && close(),
		onKeyDown: (event) => event.stopPropagation()
	}, k("div", { class: "row" }, k("h2", null, title), k("span", { class: "fill" }), k("button", {
		type: "button",
		class: "btn",
		onClick: close
	}, words.drawer.close)), children);
}
function Tick({ label, on, set }) {
	return k("label", { class: "small" }, k("input", {
		type: "checkbox",
		checked: on,
		onChange: (event) => set(event.currentTarget.checked)
	}), " ", label);
}
async function copyText(text) {
	try {
		await navigator.clipboard.writeText(text);
		return !0;
	} catch {
		let box = document.createElement("textarea"), before = document.activeElement;
		box.value = text;
		box.className = "sr";
		(document.querySelector("dialog[open]") ?? document.body).append(box);
		box.select();
		let copied = document.execCommand?.("copy") ?? !1;
		box.remove();
		before?.focus();
		return copied;
	}
}
var DEEPEST = 24, PIECE = 1024, LONGEST_PENDING = 4096, GROWN = 64, WIDEST = 500, BIDI = /[\u202a-\u202e\u2066-\u2069]/g, RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u, NAMES = {
	2: "p",
	3: "h3",
	4: "h4",
	5: "h5",
	6: "h6",
	7: "h6",
	8: "h6",
	11: "code",
	31: "code",
	12: "em",
	13: "em",
	14: "strong",
	15: "strong",
	16: "s",
	17: "a",
	18: "a",
	19: "a",
	20: "blockquote",
	22: "hr",
	23: "ul",
	24: "ol",
	25: "li",
	26: "span"
}, MARKS = {
	12: "*",
	13: "_",
	14: "**",
	15: "__",
	16: "~~",
	11: "`",
	17: "[",
	19: "!["
}, INLINE = [
	12,
	13,
	14,
	15,
	16,
	17
], FLAT = [
	20,
	23,
	24,
	25
], BEGINNINGS = [
	1,
	21,
	20,
	24,
	23,
	27
];
function safeUrl(raw) {
	if (!/^\s*(https?:|mailto:)/i.test(raw)) return null;
	try {
		let url = new URL(raw.replace(BIDI, ""));
		return [
			"https:",
			"http:",
			"mailto:"
		].includes(url.protocol) ? url : null;
	} catch {
		return null;
	}
}
var Writer = class {
	parser;
	open;
	written = "";
	isOver = !1;
	hadList = !1;
	fenceColumn = 0;
	strip = null;
	owed = null;
	ended = null;
	constructor(root) {
		root.replaceChildren();
		this.open = [{
			type: 1,
			node: root,
			mark: "",
			grown: 0
		}];
		this.parser = parser({
			data: null,
			add_token: (_, type) => this.begin(type),
			end_token: () => this.end(),
			add_text: (_, text) => this.add(text),
			set_attr: (_, name, value) => this.set(name, value)
		});
		this.parser.tokens = [1];
		this.parser.spaces = [0];
	}
	write(text, isWhole) {
		let { length } = this.written;
		if (text.slice(0, length) !== this.written || this.isOver && text.length > length) return !1;
		this.feed(text.slice(length));
		this.written = text;
		isWhole && !this.isOver && this.finish();
		return !0;
	}
	feed(text) {
		let { parser } = this;
		for (let at = 0; at < text.length;) {
			parser.token === 101 && (at = this.beginLine(text, at));
			let piece = text.slice(at, at + PIECE), line = piece.indexOf("\n");
			at += line < 0 ? piece.length : line + 1;
			parser_write(parser, line < 0 ? piece : piece.slice(0, line + 1));
			parser.pending.length > LONGEST_PENDING && this.giveUp();
		}
	}
	beginLine(text, from) {
		let { parser } = this, above = parser.tokens[parser.len] ?? 1;
		if (above !== 10) {
			parser.token = above === 25 ? 21 : above;
			return from;
		}
		let quotes = this.open.filter((one) => one.type === 20).length, strip = this.strip ??= {
			quotes,
			columns: quotes > 0 ? Infinity : this.fenceColumn
		};
		for (let at = from; at < text.length; at++) {
			let char = text[at];
			if (char === ">" && strip.quotes > 0) --strip.quotes === 0 && (strip.columns = this.fenceColumn);
			else if ((char === " " || char === "	") && strip.columns > 0) strip.columns -= char === "	" ? 4 : 1;
			else {
				parser.token = 10;
				this.strip = null;
				return at;
			}
		}
		return text.length;
	}
	giveUp() {
		let { parser } = this, held = parser.pending;
		parser.pending = "";
		parser.hr_chars = parser.fence_start = 0;
		if (parser.token === 18) return;
		if (!BEGINNINGS.includes(parser.token)) {
			parser.text += held;
			return;
		}
		parser_write(parser, "⁠");
		for (let at = 0; at < held.length; at += PIECE) parser_write(parser, held.slice(at, at + PIECE));
	}
	isInLink() {
		return this.parser.token === 17 || this.parser.token === 19;
	}
	finish() {
		this.isOver = !0;
		this.isInLink() && this.parser.pending.startsWith("](") && this.giveUp();
		parser_write(this.parser, "\n");
		this.parser.pending = "\n";
		for (; this.open.length > 1;) this.end();
	}
	begin(type) {
		this.grown();
		this.owed = this.ended = null;
		(type === 24 || type === 23) && (this.hadList = !0);
		type === 9 && this.hadList && (type = this.parser.token = this.parser.tokens[this.parser.len] = 2);
		type !== 21 && type !== 22 && type !== 26 && (this.parser.spaces[this.parser.len] = 0);
		type === 10 && (this.fenceColumn = this.parser.indent_len);
		let above = this.top().node, mark = type === 31 ? this.parser.pending[0] === "$" ? "$" : "\\(" : MARKS[type] ?? "", floor = this.open[DEEPEST]?.node;
		if ((type === 13 || type === 15) && /[\p{L}\p{N}_]$/u.test(lastWord(above)) || floor && INLINE.includes(type)) {
			append(above, mark);
			this.open.push({
				type,
				node: above,
				mark,
				grown: 0,
				literal: !0
			});
			return;
		}
		let node = floor && FLAT.includes(type) ? this.flat(type, floor) : this.make(type, above);
		type === 26 && (node.textContent = "☐");
		type === 31 && mark === "$" && append(node, mark);
		this.open.push({
			type,
			node,
			mark,
			grown: 0
		});
	}
	grown() {
		let top = this.top();
		++top.grown === GROWN && top.node.dir === "auto" && (top.node.dir = RIGHT_TO_LEFT.test(top.node.textContent ?? "") ? "rtl" : "ltr");
	}
	flat(type, floor) {
		return type === 25 ? block(within(floor, "div")) : floor;
	}
	top() {
		return this.open[this.open.length - 1];
	}
	make(type, above) {
		switch (type) {
			case 9:
			case 10:
			case 30: return codeBlock(above);
			case 27: {
				let region = within(above, "div");
				region.className = "table";
				scrollable(region, words.markdown.table);
				return within(region, "table");
			}
			case 21: return above.lastElementChild?.localName === "figure" && lastWord(above) === "" ? document.createElement("br") : within(above, "br");
			case 28: return within(tablePart(above), "tr");
			case 29:
				if (above.children.length >= WIDEST) return above.lastElementChild;
				return block(within(above, above.parentElement?.localName === "thead" ? "th" : "td"));
			default: return block(within(above, NAMES[type] ?? "span"));
		}
	}
	end() {
		this.parser.text !== "" && this.add(this.parser.text);
		this.parser.text = "";
		let last = this.open.pop(), { type, node, mark, literal } = last;
		this.ended = null;
		let { pending } = this.parser;
		if (literal) mark === "[" ? append(node, pending === "]" ? "]" : "") : (pending === mark || pending === mark[0]) && append(node, mark);
		else if (type === 17 || type === 19) node.hasAttribute("href") || unwrap(node, mark, pending === "]" ? "]" : "");
		else if (type === 18) trimUrl(node);
		else if (type === 31) pending === "$" || pending === "\\" ? mark === "$" && append(node, mark) : unwrap(node, mark === "$" ? "" : mark);
		else if (mark !== "") {
			let closed = this.isClosed(type, mark);
			!closed || isEmpty(node) ? unwrap(node, mark, closed ? mark : "") : mark[0] === "_" && (this.ended = last);
		}
	}
	isClosed(type, mark) {
		let { pending } = this.parser;
		if (type === 11) return pending === "" || /^ ?`*$/.test(pending);
		return pending === mark || pending === mark[0] || pending === mark + mark;
	}
	add(text) {
		this.grown();
		let { node } = this.top();
		if (this.owed && text.startsWith(")")) {
			this.owed.href += ")";
			text = text.slice(1);
		}
		this.ended && /^[\p{L}\p{N}_]/u.test(text) && unwrap(this.ended.node, this.ended.mark, this.ended.mark);
		this.owed = this.ended = null;
		append(node, text.replace(BIDI, (mark) => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase()}⟩`));
	}
	set(name, value) {
		let { type, node, literal } = this.top();
		name === 4 ? label$1(node, value) : name === 16 && node.localName === "ol" ? node.setAttribute("start", String(Number.parseInt(value.slice(0, 9), 10))) : name === 8 ? node.textContent = "☑" : literal ? append(node, `](${value})`) : this.link(type, node, value);
	}
	link(type, node, value) {
		if (type === 18) return;
		let [address = ""] = value.trim().replace(/^<(.*)>$/, "$1").split(/\s/), url = safeUrl(address);
		if (!url || node.querySelector("a[href]")) return append(node, `](${value})`);
		type === 19 && !node.textContent && append(node, address);
		follow(node, url);
		let owes = address.split("(").length > address.split(")").length;
		this.owed = owes ? node : null;
	}
};
function follow(node, url) {
	node.href = url.href;
	node.rel = "noopener noreferrer nofollow";
	node.target = "_blank";
	let place = url.protocol === "mailto:" ? url.pathname : url.host;
	node.textContent?.includes(place) || (node.title = place);
}
function trimUrl(node) {
	let whole = node.textContent ?? "";
	if (whole.length > LONGEST_PENDING) return unwrap(node, "");
	let address = whole.replace(/[.,;:!?'"\])}>*_~`]+$/, (end) => whole.includes("(") && end.startsWith(")") ? ")" : ""), url = safeUrl(address);
	if (!url) return unwrap(node, "");
	node.textContent = address;
	node.after(whole.slice(address.length));
	follow(node, url);
}
function isEmpty(node) {
	return node.childElementCount === 0 && node.localName !== "code" && /^[*_~]*$/.test(node.textContent ?? "");
}
var within = (above, name) => above.appendChild(document.createElement(name));
function block(node) {
	/^(p|h.|li|div|blockquote|t[hd])$/.test(node.localName) && (node.dir = "auto");
	return node;
}
function lastWord(node) {
	return node.lastChild?.nodeType === Node.TEXT_NODE ? node.lastChild.data.slice(-2) : "";
}
function append(node, text) {
	if (text === "") return;
	let last = node.lastChild;
	last?.nodeType === Node.TEXT_NODE && last.length < PIECE ? last.appendData(text) : node.append(text);
}
function unwrap(node, before, after = "") {
	node.replaceWith(before, ...node.childNodes, after);
}
function tablePart(table) {
	if (table.childElementCount < 2) return within(table, table.childElementCount === 0 ? "thead" : "tbody");
	return table.lastElementChild;
}
function scrollable(node, name) {
	node.tabIndex = 0;
	node.setAttribute("role", "region");
	node.setAttribute("aria-label", name);
}
function codeBlock(above) {
	let figure = within(above, "figure"), head = within(figure, "figcaption");
	within(head, "span").textContent = words.markdown.code;
	let copy = within(head, "button");
	copy.className = "btn copy";
	copy.setAttribute("type", "button");
	copy.setAttribute("aria-label", words.markdown.copyCode);
	copy.textContent = words.chat.copy;
	let pre = within(figure, "pre");
	pre.dir = "ltr";
	scrollable(pre, words.markdown.code);
	return within(pre, "code");
}
function label$1(code, value) {
	let language = (value.trim().toLowerCase().split(/\s/)[0] ?? "").replace(/[^a-z0-9+-]/g, "").slice(0, 32);
	if (language === "") return;
	code.className = `language-${language}`;
	let caption = code.closest("figure")?.querySelector("span");
	caption && (caption.textContent = language);
}
function Markdown({ text, streaming = !1 }) {
	let box = T(null), writer = T(null);
	F(() => {
		if (!box.current || writer.current?.write(text, !streaming)) return;
		writer.current = new Writer(box.current);
		writer.current.write(text, !streaming);
	}, [text, streaming]);
	return k("div", {
		class: "md",
		ref: box,
		onClick: clicked
	});
}
async function clicked(event) {
	let button = event.target.closest("button.copy"), code = button?.closest("figure")?.querySelector("code");
	if (!button || !code) return;
	button.textContent = await copyText(code.textContent ?? "") ? words.chat.copied : words.chat.notCopied;
	setTimeout(() => button.textContent = words.chat.copy, 2e3);
}
function piecesOf(chain) {
	return chain.flatMap((answer, place) => {
		let by = answer.parts[0]?.seam?.from ?? answer.story?.hand_overs[0]?.from ?? writerOf(answer), before = place === 0 ? "" : chainText(chain.slice(0, place));
		return answer.parts.map((part, at) => {
			let joins = at === 0 && before !== "";
			return {
				text: joins ? added(before, part.text, isOver(answer) || answer.parts.length > 1) : part.text,
				seam: part.seam ?? (joins ? "wish" : null),
				by: part.seam?.to ?? by
			};
		});
	});
}
function openFence(text) {
	let open = "";
	for (let [, fence = "", rest = ""] of text.matchAll(/^ {0,3}(`{3,}|~{3,})(.*)$/gm)) open ? open.startsWith(fence.slice(0, 3)) && !rest.trim() && (open = "") : open = fence + rest;
	return open && `${open}\n`;
}
function Text({ chain, streaming }) {
	let pieces = piecesOf(chain), again = pieces.findLastIndex((piece) => typeof piece.seam == "object" && piece.seam?.how === "restart"), folded = pieces.slice(0, Math.max(again, 0)).filter((piece) => piece.text), seam = pieces[again]?.seam;
	return k($, null, folded.length > 0 && seam && seam !== "wish" && k("details", { class: "folded" }, k("summary", null, words.seam.folded(modelName(seam.from), wordCount(folded.map((piece) => piece.text).join("")), modelName(seam.to))), k(Pieces, {
		pieces: folded,
		streaming: !1
	})), k(Pieces, {
		pieces: pieces.slice(Math.max(again, 0)),
		streaming
	}));
}
function Pieces({ pieces, streaming }) {
	let before = "";
	return k($, null, pieces.map((piece, place) => {
		let fence = before && openFence(before), last = place === pieces.length - 1, line = before && piece.seam ? seamLine(piece, pieces[place - 1]) : null;
		before += piece.text;
		return k("div", { key: place }, line && k("p", { class: "seam" }, line), piece.text && k(Markdown, {
			text: fence + piece.text,
			streaming: streaming && last
		}));
	}));
}
function seamLine({ seam, by }, before) {
	if (!seam) return null;
	if (seam === "wish") return words.seam.wish(before?.by ? modelName(before.by) : null, by ? modelName(by) : null);
	let names = [seam.from, seam.to];
	return words.seam.continued(modelName(seam.from, names), modelName(seam.to, names));
}
function exportMarkdown(c) {
	let blocks = [`# ${(c.title ?? words.drawer.untitled).replace(/\s+/g, " ")}`];
	for (let turn of c.turns) {
		let versions = versionsOf(turn);
		blocks.push(`## ${words.chat.you}`, turn.question);
		versions.forEach((at, place) => {
			let version = versions.length > 1 ? ` (${words.chat.version(place + 1, versions.length)})` : "";
			blocks.push(`## ${words.chat.assistant}${version}`, ...answerBlocks(chainOf(turn, at)));
		});
	}
	return `${blocks.filter((block) => block.trim()).join("\n\n")}\n`;
}
function answerBlocks(chain) {
	let blocks = [], by = null;
	for (let piece of piecesOf(chain)) {
		if (piece.seam !== null) {
			let say = piece.seam !== "wish" && piece.seam.how === "restart" ? words.seam.restarted : words.seam.continued;
			blocks.push(`*${say(name(piece.seam === "wish" ? by : piece.seam.from), name(piece.by))}*`);
		}
		by = piece.by;
		blocks.push(closed(piece.text));
	}
	let last = chain.at(-1);
	if (!last) return blocks;
	last.phase === "stopped" && blocks.push(`> ${words.chat.stoppedByYou}`);
	last.error && blocks.push(errorBlock(last, last.error));
	return [...blocks, byline(last)];
}
var name = (target) => target === null ? words.chat.assistant : modelName(target);
function closed(text) {
	let fence = openFence(text).match(/^(`+|~+)/)?.[0];
	return fence ? `${text.trimEnd()}\n${fence}` : text;
}
function errorBlock(answer, error) {
	let { title } = words.error[error.kind], model = name(error.story?.served ?? writerOf(answer) ?? answer.asked), failed = answer.failed.map(({ target, code }) => `${name(target)} ${words.reason(code)}`), text = failed.length > 0 ? words.error.all_failed.text(failed.join(", ")) : error.message;
	return `> **${typeof title == "string" ? title : title(model)}** ${text.replace(/\s+/g, " ")}`;
}
function byline({ story, at }) {
	let day = new Date(at).toLocaleDateString("sv");
	if (!story?.served) return `*${day} ${clock(at)}*`;
	let { model, provider } = parts(story.served), { place, of } = story, role = place === null || of === null ? "" : ` (${place === 1 ? words.role.lead : words.role.backup(place, of)})`;
	return `*${words.signal[story.signal].word} · ${model} · ${provider}${role} · ${duration(story.took_ms)} · ${day} ${clock(at)}*`;
}
function download(c) {
	let url = URL.createObjectURL(new Blob([exportMarkdown(c)], { type: "text/markdown" })), link = document.createElement("a");
	link.href = url;
	link.download = `${fileName(c.title ?? words.drawer.untitled)}.md`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 1e4);
}
function fileName(title) {
	return title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60) || words.product;
}
var open$1 = y(!1), doing = y(null);
function Drawer() {
	return k($, null, k("button", {
		type: "button",
		class: "btn conversations",
		"aria-haspopup": "dialog",
		"aria-expanded": open$1.value,
		onClick: () => open$1.value = !0
	}, "☰ ", k("span", null, words.drawer.open)), open$1.value && k(Panel, null));
}
function close() {
	open$1.value = !1;
	doing.value = null;
}
function Panel() {
	let now = doing.value, last = T("");
	F(() => {
		now === null ? document.activeElement === document.body && backTo(last.current) : last.current = now === "removeAll" ? "" : now.id;
	}, [now]);
	return k(Dialog, {
		kind: "drawer",
		title: words.drawer.title,
		close
	}, k("button", {
		type: "button",
		class: "btn primary",
		onClick: () => {
			newConversation();
			close();
		}
	}, words.drawer.new), k("ul", null, conversations.value.map((entry) => k(Row, {
		key: entry.id,
		entry
	}))), k("p", { class: "muted small" }, words.drawer.kept), doing.value === "removeAll" ? k(Question$1, {
		text: words.drawer.sureAll,
		yes: () => (stopIn(), removeAll())
	}) : k("button", {
		type: "button",
		class: "btn",
		disabled: conversations.value.length === 0,
		onClick: () => doing.value = "removeAll"
	}, words.drawer.removeAll), k("h3", null, words.drawer.settings), [
		"showBackup",
		"readAloud",
		"phoneStyle"
	].map((name) => k(Tick, {
		key: name,
		label: words.drawer[name],
		on: settings.value[name],
		set: (on) => settings.value = {
			...settings.value,
			[name]: on
		}
	})));
}
function backTo(id) {
	let dialog = document.querySelector(".drawer");
	([...dialog?.querySelectorAll("li") ?? []].find((one) => one.dataset.id === id) ?? dialog)?.querySelector("button")?.focus();
}
function Row({ entry }) {
	let { id } = entry, title = entry.title ?? words.drawer.untitled, now = doing.value, on = now !== null && now !== "removeAll" && now.id === id ? now.what : null;
	return k("li", {
		"data-id": id,
		"aria-current": conversation.value.id === id ? "true" : void 0
	}, on === "rename" ? k(Name$1, {
		id,
		title: entry.title ?? ""
	}) : k("button", {
		type: "button",
		class: "plain",
		onClick: () => {
			openConversation(id);
			close();
		}
	}, k("span", { class: "title" }, title), " ", k("span", { class: "muted small" }, when(entry.at))), on === "remove" ? k(Question$1, {
		text: words.drawer.sureOne(title),
		yes: () => (stopIn(id), remove(id))
	}) : on === null && k("div", { class: "row" }, k(Act, {
		name: words.drawer.rename,
		of: title,
		act: () => doing.value = {
			what: "rename",
			id
		}
	}), k(Act, {
		name: words.drawer.export,
		of: title,
		act: () => {
			let c = load(id);
			c && download(c);
		}
	}), k(Act, {
		name: words.drawer.remove,
		of: title,
		act: () => doing.value = {
			what: "remove",
			id
		}
	})));
}
function Act({ name, of, act }) {
	return k("button", {
		type: "button",
		class: "plain small",
		"aria-label": `${name}: ${of}`,
		onClick: act
	}, name);
}
function Name$1({ id, title }) {
	let field = T(null);
	F(() => field.current?.select(), []);
	let done = () => doing.value = null;
	return k("form", {
		class: "row",
		onSubmit: (event) => {
			event.preventDefault();
			rename(id, field.current?.value ?? "");
			done();
		},
		onKeyDown: (event) => leave(event, done)
	}, k("input", {
		ref: field,
		"aria-label": words.drawer.renameLabel,
		value: title,
		maxLength: 200
	}), k("button", {
		type: "submit",
		class: "btn"
	}, words.drawer.save));
}
function Question$1({ text, yes }) {
	let keep = T(null);
	F(() => keep.current?.focus(), []);
	let done = () => doing.value = null;
	return k("div", {
		class: "question",
		role: "group",
		"aria-label": text,
		onKeyDown: (event) => leave(event, done)
	}, k("p", null, text), k("div", { class: "row" }, k("button", {
		type: "button",
		class: "btn",
		onClick: () => {
			yes();
			done();
		}
	}, words.drawer.yes), k("button", {
		type: "button",
		class: "btn",
		ref: keep,
		onClick: done
	}, words.drawer.no)));
}
function leave(event, done) {
	if (event.key !== "Escape") return;
	event.preventDefault();
	event.stopPropagation();
	done();
}
function when(at) {
	let day = new Date(at);
	if (day.toDateString() === new Date().toDateString()) return clock(at);
	return new Intl.DateTimeFormat(void 0, {
		day: "numeric",
		month: "short"
	}).format(day);
}
var open = y(!1), showKeys = () => open.value = !0, isMac = /Mac|iP/.test(navigator.platform);
function registerKeys(actions) {
	let pressed = (event) => {
		let act = actionOf(event, actions);
		if (!act || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
		event.preventDefault();
		act();
	};
	addEventListener("keydown", pressed);
	return () => removeEventListener("keydown", pressed);
}
function actionOf(event, actions) {
	let key = event.key.toLowerCase(), command = (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;
	if (command && !event.shiftKey && key === "k") return actions.chooseModel;
	if (command && event.shiftKey && key === "o") return actions.newChat;
	if (event.altKey && !event.ctrlKey && !event.metaKey && (key === "r" || event.code === "KeyR")) return actions.toError;
	if (key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey && !isField(event.target)) return showKeys;
	return null;
}
function isField(target) {
	return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/.test(target.localName));
}
function Keys() {
	return open.value ? k(List, null) : null;
}
function List() {
	return k(Dialog, {
		kind: "keys",
		title: words.keys.title,
		label: words.keys.open,
		close: () => open.value = !1
	}, k("dl", null, words.keys.list.map(([keys = "", does]) => k("div", { key: keys }, k("dt", null, k("kbd", null, isMac ? keys.replace("Ctrl", "⌘") : keys)), k("dd", null, does)))));
}
var WORTH_TELLING_MS = 2e3, FELT_MS = 100;
function noticeOf(answer, told, showBackup) {
	let notice = answer.story && fromStory(answer.story, answer.asked);
	if (!notice || !showBackup && notice.kind !== "own" || told && notice.kind === "rest") return null;
	return notice;
}
function alreadyTold(conversation) {
	let told = new Set(), leads = new Set();
	for (let turn of conversation.turns) for (let answer of chainOf(turn)) {
		let story = answer.story;
		if (!story || kindOf(story, answer.asked) !== "rest") continue;
		leads.has(story.lead) && told.add(answer.key);
		leads.add(story.lead);
	}
	return told;
}
var kinds = new WeakMap();
function kindOf(story, asked) {
	let known = kinds.get(story);
	if (known !== void 0) return known;
	let kind = fromStory(story, asked)?.kind ?? null;
	kinds.set(story, kind);
	return kind;
}
function beganBy(story) {
	return story.hand_overs.filter((handed) => handed.how !== "restart")[0]?.from ?? story.served;
}
function fromStory(story, asked) {
	let served = beganBy(story);
	if (!served) return null;
	let ids = [...new Set([
		served,
		asked,
		...story.steps.map((step) => step.target)
	])], name = (target) => modelName(target, ids), own = (text) => ({
		kind: "own",
		title: null,
		text,
		chosen: null
	});
	if (story.cached_age_s !== null) {
		let age = duration(story.cached_age_s * 1e3);
		return own(story.steps.length > 0 ? words.notice.cached(age) : words.notice.kept(age));
	}
	let beganMs = beganAt(story), failed = lastSteps(story.steps.filter((step) => step.at_ms <= beganMs), served), chosen = failed.find((step) => step.target === asked);
	if (chosen) return {
		kind: "own",
		title: null,
		text: words.notice.chosen(name(asked), words.reason(chosen.code), name(served)),
		chosen: asked
	};
	if (served === story.lead || asked === served || story.place === 1) return null;
	if (story.canary) return {
		kind: "backup",
		title: null,
		text: words.notice.canary(name(served)),
		chosen: null
	};
	let [first] = failed;
	if (!first) return story.lead === null && (story.place ?? 1) > 1 ? {
		kind: "rest",
		title: null,
		text: words.notice.noLead(name(served)),
		chosen: null
	} : null;
	if (parts(first.target).model === parts(served).model && failed.length === 1) {
		if (!first.asked || beganMs < WORTH_TELLING_MS) return null;
		let why = words.notice.otherProvider(parts(first.target).provider, words.reason(first.code), parts(served).provider);
		return {
			kind: "backup",
			title: words.notice.otherProviderTitle,
			text: withTime(why, beganMs),
			chosen: null
		};
	}
	if (failed.every((step) => !step.asked) && (first.code === "resting" || first.code === "off")) return {
		kind: "rest",
		title: null,
		text: first.code === "off" ? words.notice.off(name(first.target), name(served)) : resting(story, first, name),
		chosen: null
	};
	let why = failed.map((step) => words.notice.was(name(step.target), words.reason(step.code))), text = words.notice.wasSo(listed(why, words.notice.and), name(served));
	return {
		kind: "backup",
		title: words.notice.title,
		text: withTime(text, beganMs),
		chosen: null
	};
}
function beganAt(story) {
	let again = story.hand_overs.findLast((handed) => handed.how === "restart");
	return again ? again.at_ms : story.started_ms ?? 0;
}
function lastSteps(steps, served) {
	let last = new Map();
	for (let step of steps) step.target !== served && last.set(step.target, step);
	return [...last.values()];
}
function resting(story, step, name) {
	let until = step.again_in_ms === null ? null : clock(story.began_at_ms + step.at_ms + step.again_in_ms);
	return words.notice.resting(name(step.target), until, name(story.served ?? ""));
}
function withTime(text, ms) {
	return ms < FELT_MS ? text : `${text} ${words.notice.added(duration(ms))}`;
}
function listed(all, and) {
	return all.length < 2 ? all.join("") : all.slice(0, -1).join(", ") + and + all.at(-1);
}
var SHOWN_MS = 2e3;
async function copy(text) {
	let told = await copyText(text) ? words.chat.copied : words.chat.notCopied;
	say(told);
	return told;
}
function Copy({ text, label = words.chat.copy }) {
	let [told, setTold] = d(null), copies = async () => {
		setTold(await copy(text()));
		setTimeout(() => setTold(null), SHOWN_MS);
	};
	return k("button", {
		type: "button",
		class: "btn",
		onClick: () => void copies()
	}, told ?? label);
}
function rowsOf(story) {
	let ids = [...new Set([story.served ?? "", ...story.steps.map((step) => step.target)])], name = (target) => modelName(target, ids), rows = [], broke = story.steps.find((step) => step.broke_off && step.target === story.served);
	for (let step of story.steps) {
		if (step === broke || step.broke_off && story.hand_overs.some((handed) => handed.from === step.target)) continue;
		let text = step.asked ? words.details.attempt(name(step.target), step.words, duration(step.took_ms)) : words.details.passedOver(name(step.target), step.words);
		rows.push({
			text,
			from: step.at_ms,
			first: null,
			to: step.at_ms + step.took_ms,
			failed: !0
		});
	}
	let from = story.started_ms ?? 0, first = story.first_token_ms;
	for (let handed of story.hand_overs) {
		let text = words.details.tookOver(name(handed.from), handed.words, name(handed.to));
		rows.push({
			text,
			from,
			first,
			to: handed.at_ms,
			failed: !0
		});
		from = handed.at_ms;
		first = handed.at_ms + handed.silence_ms;
	}
	if (story.served) {
		let whole = duration(story.took_ms), brokeAfter = broke && words.details.attempt(name(broke.target), broke.words, duration(broke.took_ms)), text = first === null ? name(story.served) : story.outcome === "complete" ? words.details.served(name(story.served), duration(first), whole) : brokeAfter ?? words.details.servedSoFar(name(story.served), duration(first)), to = broke ? broke.at_ms + broke.took_ms : story.took_ms;
		rows.push({
			text,
			from,
			first,
			to: Math.max(to, first ?? 0),
			failed: story.outcome === "interrupted"
		});
	}
	return rows.sort((one, other) => one.from - other.from);
}
function Details({ story }) {
	let rows = rowsOf(story), whole = Math.max(1, story.took_ms, ...rows.map((row) => row.to)), none = words.time.none, numbers = [
		[
			words.details.firstWord,
			words.details.firstWordTip,
			story.first_token_ms === null ? none : duration(story.first_token_ms)
		],
		[
			words.details.total,
			void 0,
			story.took_ms ? duration(story.took_ms) : none
		],
		[
			words.details.tokensIn,
			void 0,
			story.prompt_tokens ?? none
		],
		[
			words.details.tokensOut,
			void 0,
			story.completion_tokens ?? none
		],
		[
			words.details.cost,
			void 0,
			story.cost === null ? words.details.noPrice : money(story.cost, status.peek()?.currency ?? "USD")
		],
		[
			words.details.signalMeans,
			void 0,
			words.signal[story.signal].word
		]
	];
	return k("section", {
		class: "story",
		tabIndex: -1,
		"aria-label": words.details.title
	}, k("ol", { "aria-label": words.details.waterfall }, rows.map((row, place) => k("li", { key: place }, row.text, k("svg", {
		class: "fall",
		viewBox: "0 0 100 6",
		preserveAspectRatio: "none",
		"aria-hidden": "true"
	}, k(Bar, {
		from: row.from,
		to: row.first ?? row.to,
		whole,
		kind: row.first === null && row.failed ? "bad" : "wait"
	}), row.first !== null && k(Bar, {
		from: row.first,
		to: row.to,
		whole,
		kind: "words"
	}))))), k("dl", null, numbers.map(([label, tip, value]) => k("div", { key: label }, k("dt", null, tip ? k("abbr", { title: tip }, label) : label), k("dd", null, value)))), story.dropped && k("p", null, words.details.dropped(story.dropped)), k("p", null, words.details.request, " ", k("code", null, story.id), " ", k(Copy, {
		text: () => story.id,
		label: words.details.copyId
	})));
}
function Bar({ from, to, whole, kind }) {
	let width = Math.max(.6, (to - from) / whole * 100);
	return k("rect", {
		class: kind,
		x: Math.min(99.4, from / whole * 100),
		y: "1",
		width,
		height: "4"
	});
}
var PAGE = 3e3;
function errorView(error, answer, around) {
	let { error: say } = words, { buttons } = say, story = error.story ?? answer.story, model = modelName(story?.served ?? answer.failed.at(-1)?.target ?? answer.asked), again = [buttons.again, "again"], choose = [buttons.choose, "choose"], edit = [buttons.edit, "edit"], goOn = around.canGoOn ? [[buttons.goOn, "goOn"]] : [];
	switch (error.kind) {
		case "all_failed": {
			let text = triedText(error, answer, around.agoMs);
			return {
				title: say.all_failed.title,
				text,
				buttons: [
					...goOn,
					again,
					choose
				]
			};
		}
		case "cut_off": {
			let text = error.code === "too_long" || error.code === "stopped" ? error.message : around.canGoOn ? say.cut_off.text(model) : say.cut_off.nothing(model);
			return {
				title: say.cut_off.title,
				text,
				buttons: [
					...goOn,
					[buttons.over, "same"],
					choose
				]
			};
		}
		case "pinned_down": {
			let chosen = modelName(answer.asked), code = story?.steps.at(-1)?.code ?? answer.failed.at(-1)?.code ?? error.code ?? "", tries = [buttons.tryModel(chosen), "same"], text = say.pinned_down.text(words.reason(code));
			return {
				title: say.pinned_down.title(chosen),
				text,
				buttons: [tries, [buttons.best, "best"]]
			};
		}
		case "too_long": {
			let text = say.too_long.text(Math.max(1, Math.ceil(around.length / PAGE))), first = around.isLonger ? [buttons.summary, "summary"] : edit;
			return {
				title: say.too_long.title(model),
				text,
				buttons: [first, choose]
			};
		}
		case "refused": return {
			title: say.refused.title(model),
			text: say.refused.text,
			buttons: [
				edit,
				[buttons.other, "choose"],
				again
			]
		};
		case "bad_request": {
			let why = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
			return {
				title: say.bad_request.title(model),
				text: say.bad_request.text(why),
				buttons: [edit, choose]
			};
		}
		case "no_such_model": return {
			title: say.no_such_model.title(modelName(answer.asked)),
			text: say.no_such_model.text,
			buttons: [choose, [buttons.best, "best"]]
		};
		case "config": return {
			title: say.config.title,
			text: say.config.text,
			buttons: [[buttons.report, "report"], again]
		};
		case "lost": {
			let text = around.canGoOn ? say.lost.text : say.lost.nothing;
			return {
				title: say.lost.title,
				text,
				buttons: [...goOn, again]
			};
		}
		case "offline": return {
			title: say.offline.title,
			text: say.offline.text,
			buttons: [[buttons.now, "again"]]
		};
		case "storage": return {
			title: say.storage.title,
			text: say.storage.full,
			buttons: [again]
		};
	}
}
function triedText(error, answer, agoMs) {
	let steps = error.story?.steps ?? answer.failed.map((one) => ({
		...one,
		again_in_ms: null,
		asked: !0
	})), last = new Map(steps.map((step) => [step.target, step])), ids = [...last.keys()], each = [...last.values()].map(({ target, code, again_in_ms: again }) => {
		let left = (again ?? 0) - agoMs, free = left > 0 ? ` (${words.error.freeIn(ticking(left))})` : "";
		return `${modelName(target, ids)} ${words.reason(code)}${free}`;
	});
	if (each.length === 0) return words.error.all_failed.nobody;
	let all = listed(each, ", ");
	return steps.some((step) => step.asked) ? words.error.all_failed.text(`${each.length}: ${all}`) : words.error.all_failed.untried(all);
}
function ErrorBox({ answer, turn, around, newest }) {
	let { error } = answer;
	if (!error) return null;
	let view = errorView(error, answer, {
		...around,
		agoMs: Date.now() - (answer.endedAt ?? 0)
	}), acts = {
		again: () => ask(turn.id),
		same: () => ask(turn.id, answer),
		goOn: () => ask(turn.id, void 0, !0),
		best: () => {
			change((c) => ({
				...c,
				model: null,
				only: !1
			}));
			ask(turn.id);
		},
		choose: () => openPicker(),
		edit: () => edit(turn.question),
		summary: () => {
			newConversation();
			send(turn.question);
		},
		report: () => void copy(report(answer))
	};
	return k("div", {
		class: "note n-0 err",
		role: "group",
		"aria-label": view.title
	}, k("p", { role: newest ? "alert" : void 0 }, k("b", null, view.title), " ", view.text), k("div", { class: "row" }, view.buttons.map(([label, act], place) => k("button", {
		key: act,
		type: "button",
		class: place === 0 ? "btn primary" : "btn",
		onClick: acts[act]
	}, label)), k(Countdown, { answer }), answer.requestId && k("span", { class: "muted small" }, words.error.request(answer.requestId))));
}
function Countdown({ answer }) {
	let seconds = answer.error?.retry_in_s;
	if (seconds == null || answer.endedAt === void 0 || current.value) return null;
	now$1.value;
	let left = seconds * 1e3 - (Date.now() - answer.endedAt);
	return left > 0 ? k("span", { class: "muted small" }, words.error.tryAgainIn(ticking(left))) : null;
}
function report({ key, asked, only, requestId, error, story, at }) {
	return JSON.stringify({
		key,
		asked,
		only,
		requestId,
		at: new Date(at).toISOString(),
		error,
		story
	}, null, 2);
}
function NoticeBox({ notice, level, tell }) {
	let { chosen } = notice;
	return k("div", { class: `note n-${level}` }, notice.title && k("b", null, notice.title, " "), notice.text, " ", k("button", {
		type: "button",
		class: "link",
		onClick: tell
	}, words.notice.whatHappened), chosen && k($, null, " ", k("button", {
		type: "button",
		class: "link",
		onClick: () => change((c) => ({
			...c,
			model: chosen,
			only: !0
		}))
	}, words.notice.onlyUse(modelName(chosen)))), notice.kind !== "own" && k("button", {
		type: "button",
		class: "hide",
		"aria-label": words.notice.hide,
		title: words.notice.hide,
		onClick: () => settings.value = {
			...settings.value,
			showBackup: !1
		}
	}, "✕"));
}
var FLASH_MS = 400, COUNTED_S = 5;
function workingLine(answer, seconds) {
	let counted = seconds >= COUNTED_S, { asking, failed, phase } = answer;
	if (phase === "sending") return words.chat.sending;
	let writer = writerOf(answer);
	if (phase === "answering" && (!asking || !writer || asking === writer)) return counted && writer ? words.chat.silent(modelName(writer), seconds) : null;
	let last = failed.at(-1), name = (target) => modelName(target, last ? [last.target, asking ?? ""] : []);
	if (!asking) return last ? words.chat.failedWaiting(name(last.target), words.reason(last.code)) : words.chat.looking;
	if (phase === "answering" && writer) {
		let line = words.chat.handingOver(modelName(writer, [asking]), modelName(asking, [writer]));
		return counted ? `${line} ${seconds} s` : line;
	}
	if (!last) return counted ? words.chat.askingSince(name(asking), seconds) : words.chat.asking(name(asking));
	let reason = words.reason(last.code), line = last.target === asking ? words.chat.askingAgain(name(asking), reason) : words.chat.failedAsking(name(last.target), reason, name(asking));
	return counted ? `${line} ${seconds} s` : line;
}
function Working({ answer }) {
	let [late, setLate] = d(!1);
	A(() => {
		let timer = setTimeout(() => setLate(!0), FLASH_MS);
		return () => clearTimeout(timer);
	}, []);
	let stage = `${answer.asking} ${answer.failed.length} ${answer.phase} ${answer.seen}`, since = T({
		stage,
		at: performance.now()
	});
	since.current.stage !== stage && (since.current = {
		stage,
		at: performance.now()
	});
	let line = workingLine(answer, Math.max(0, Math.floor((now$1.value - since.current.at) / 1e3))), wait = waiting.value[answer.key];
	if (wait) return k(Unreachable, {
		answer,
		...wait
	});
	if (!late || line === null) return null;
	return k("p", { class: "working muted" }, line);
}
function Unreachable({ answer, why, until }) {
	let seconds = Math.max(1, Math.ceil((until - now$1.value) / 1e3)), unsent = answer.phase === "sending";
	return k("div", { class: "note n-0 err" }, k("p", { role: "alert" }, k("b", null, why === "offline" ? words.error.offline.title : words.error.offline[why]), " ", unsent ? words.error.offline.text : words.error.offline.reading), k("div", { class: "row" }, k("button", {
		type: "button",
		class: "btn",
		onClick: () => now(answer.key)
	}, unsent ? words.error.buttons.now : words.error.buttons.again), k("span", { class: "muted small" }, words.error.offline.next(seconds))));
}
function AnswerBox({ turn, number, told, newest, showBackup }) {
	let [open, setOpen] = d(!1), box = T(null), chain = chainOf(turn), answer = chain.at(-1);
	if (!answer) return null;
	let over = isOver(answer), notice = chain.map((one) => noticeOf(one, told, showBackup)).find((one) => one !== null), level = answer.story?.signal ?? "unrated", keys = {
		c: () => void copy(chainText(chain)),
		r: () => ask(turn.id, answer),
		d: () => setOpen(!open),
		ArrowDown: () => step(1),
		ArrowUp: () => step(-1)
	};
	return k("article", {
		ref: box,
		tabIndex: 0,
		"aria-label": label(answer, number),
		onKeyDown: (event) => {
			let act = keys[event.key];
			if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || !act) return;
			event.preventDefault();
			act();
		}
	}, k("h2", { class: "who" }, words.chat.assistant), notice && k(NoticeBox, {
		notice,
		level,
		tell: () => {
			setOpen(!0);
			setTimeout(() => box.current?.querySelector(".story")?.focus());
		}
	}), answer.thinking && k("details", { class: "thinking" }, k("summary", null, answer.parts.length > 0 || over ? words.chat.thought : words.chat.thinking), k("p", null, answer.thinking)), k(Text, {
		chain,
		streaming: !over
	}), !over && k(Working, {
		key: answer.key,
		answer
	}), k(Ending, {
		answer,
		turn
	}), answer.phase === "error" && k(ErrorBox, {
		answer,
		turn,
		newest,
		around: {
			canGoOn: canGoOn(turn),
			isLonger: number > 1,
			length: lengthUpTo(turn)
		}
	}), over && k(Footer, {
		turn,
		chain,
		open,
		setOpen
	}), open && chain.map((one) => one.story && k(Details, {
		key: one.key,
		story: one.story
	})), over && newest && k(LeadIsBack, {
		answer,
		turn
	}));
}
function label(answer, number) {
	let writer = writerOf(answer);
	if (!writer) return words.chat.answerNumber(number);
	return words.chat.answerLabel(number, words.signal[answer.story?.signal ?? "unrated"].word, modelName(writer));
}
function step(by) {
	let all = [...document.querySelectorAll("article")];
	all[all.indexOf(document.activeElement) + by]?.focus();
}
function lengthUpTo(turn) {
	let { turns } = conversation.peek();
	return turns.slice(0, turns.findIndex((other) => other.id === turn.id) + 1).reduce((sum, one) => sum + one.question.length + chainText(chainOf(one)).length, 0);
}
function Ending({ answer, turn }) {
	let text = answer.phase === "stopped" ? words.chat.stoppedByYou : answer.phase === "done" && answer.finish === "length" ? words.chat.lengthEnd : answer.phase === "done" && answer.finish === "content_filter" ? words.chat.filtered : answer.phase !== "done" || textOf(answer).trim() ? null : answer.finish === "tool_calls" ? words.chat.tool : words.chat.nothing;
	if (!text) return null;
	return k("p", { class: "muted small" }, k("i", null, text), " ", answer.finish !== "content_filter" && canGoOn(turn) && k("button", {
		type: "button",
		class: "link",
		onClick: () => ask(turn.id, void 0, !0)
	}, words.chat.goOn));
}
function writersOf(chain) {
	let all = chain.flatMap(({ story }) => {
		let handed = story?.hand_overs.filter((one) => one.how !== "restart").map((one) => one.from) ?? [];
		return story?.served ? [...handed, story.served] : handed;
	});
	return all.filter((target, place) => target !== all[place - 1]);
}
function roleOf(level, place, of) {
	return level === "1" ? words.role.last : words.role.backup(place, of);
}
function tookMs({ story, at, endedAt }) {
	return story && story.outcome !== "answering" ? story.took_ms : (endedAt ?? at) - at;
}
function Footer({ turn, chain, open, setOpen }) {
	let last = chain.at(-1), { story } = last, writers = writersOf(chain), [only] = writers, took = chain.reduce((sum, one) => sum + tookMs(one), 0), text = chainText(chain);
	return k("div", { class: "foot" }, story?.served && k(Signal, { level: story.signal }), only && writers.length === 1 && k("span", null, parts(only).model, " · ", parts(only).provider, story?.place && story.of && story.place > 1 ? ` (${roleOf(story.signal, story.place, story.of)})` : ""), writers.length > 1 && k("span", null, writers.map((target) => modelName(target, writers)).join(" → ")), story?.served && k("span", null, duration(took)), k(Versions, { turn }), text && k(Copy, { text: () => text }), last.phase !== "error" && k(Again, {
		turn,
		answer: last
	}), story && k("button", {
		type: "button",
		class: "btn",
		"aria-expanded": open,
		onClick: () => setOpen(!open)
	}, words.chat.details));
}
function Versions({ turn }) {
	let places = versionsOf(turn);
	if (places.length < 2) return null;
	let at = places.indexOf(turn.shown), show = (place) => {
		place !== void 0 && change((c) => withTurn(c, turn.id, (turn) => ({
			...turn,
			shown: place
		})));
	};
	return k("span", {
		class: "versions",
		role: "group",
		"aria-label": words.chat.version(at + 1, places.length)
	}, k("button", {
		type: "button",
		class: "btn",
		"aria-label": words.chat.earlier,
		disabled: at < 1,
		onClick: () => show(places[at - 1])
	}, "‹"), " ", at + 1, "/", places.length, " ", k("button", {
		type: "button",
		class: "btn",
		"aria-label": words.chat.later,
		disabled: at >= places.length - 1,
		onClick: () => show(places[at + 1])
	}, "›"));
}
function Again({ turn, answer }) {
	let [open, setOpen] = d(!1), lead = answer.story?.lead, pick = pickedIn(conversation.peek()), choices = [[words.chat.againSame, () => ask(turn.id, answer)]], add = (model, act) => choices.push([words.chat.againModel(modelName(model)), act]);
	lead && lead !== answer.asked && add(lead, () => ask(turn.id, {
		asked: lead,
		only: !1
	}));
	pick.asked !== answer.asked && pick.asked !== lead && add(pick.asked, () => ask(turn.id));
	choices.push([words.chat.againChoose, () => openPicker()]);
	return k("div", {
		class: "menu",
		onKeyDown: (event) => {
			if (event.key !== "Escape" || !open) return;
			event.preventDefault();
			setOpen(!1);
			event.currentTarget.querySelector("button")?.focus();
		},
		onFocusOut: (event) => {
			event.currentTarget.contains(event.relatedTarget) || setOpen(!1);
		}
	}, k("button", {
		type: "button",
		class: "btn",
		"aria-expanded": open,
		onClick: () => setOpen(!open)
	}, words.chat.again, " ▾"), open && k("div", null, choices.map(([text, act]) => k("button", {
		key: text,
		type: "button",
		onClick: () => {
			setOpen(!1);
			act();
		}
	}, text))));
}
function LeadIsBack({ answer, turn }) {
	let { story } = answer, lead = story?.lead;
	if (!lead || !story.served || story.served === lead || story.canary || current.value) return null;
	let is = (status.value?.routes.flatMap((route) => route.targets) ?? []).find((target) => target.id === lead);
	if (!is || is.state !== "ready" || is.is_off || is.last_answer_s === null) return null;
	if ((status.value?.at_ms ?? 0) - is.last_answer_s * 1e3 <= story.ended_at_ms) return null;
	return k("p", { class: "small" }, words.chat.leadIsBack(modelName(lead)), " ", k("button", {
		type: "button",
		class: "link",
		onClick: () => ask(turn.id, {
			asked: lead,
			only: !1
		})
	}, words.chat.askAgain));
}
var TurnBox = class extends x$1 {
	shouldComponentUpdate(next) {
		return Object.keys(next).some((name) => next[name] !== this.props[name]);
	}
	render(props) {
		return k("section", { class: "turn" }, k("h2", { class: "who" }, words.chat.you), k(Question, { text: props.turn.question }), props.turn.answers.length > 0 && k(AnswerBox, props));
	}
}, SHOWN$1 = 4e3;
function Question({ text }) {
	let [all, setAll] = d(!1), cut = !all && text.length > SHOWN$1;
	return k("p", { class: "mine" }, cut ? `${text.slice(0, SHOWN$1)}…` : text, cut && k($, null, " ", k("button", {
		type: "button",
		class: "link",
		onClick: () => setAll(!0)
	}, words.chat.showAll)));
}
var STEP = 20, NEAR_PX = 48, shown$1 = y(STEP), below = y(!1), atEnd = !0;
function toEnd() {
	atEnd = !0;
	below.value = !1;
	scrollTo(0, document.documentElement.scrollHeight);
}
function newChat() {
	newConversation();
	focusComposer();
}
function ChatPage() {
	A(follow$1, []);
	A(() => registerKeys({
		chooseModel: () => openPicker(),
		newChat,
		toError: () => [...document.querySelectorAll(".err button")].at(-1)?.closest(".err")?.querySelector("button")?.focus()
	}), []);
	return k("main", {
		id: "main",
		class: "chat",
		onKeyDown: (event) => {
			event.key === "Escape" && !event.defaultPrevented && !event.isComposing && current.peek() && stop();
		}
	}, k("h1", { class: "sr" }, words.chat.title), k("div", { class: "row tools" }, k(Drawer, null), k("button", {
		type: "button",
		class: "btn",
		onClick: newChat
	}, words.drawer.new), k("span", { class: "fill" }), k("button", {
		type: "button",
		class: "btn",
		"aria-label": words.keys.open,
		title: words.keys.open,
		onClick: showKeys
	}, "?")), k(Transcript, null), k("div", { class: "dock" }, below.value && k("button", {
		type: "button",
		class: "btn new",
		onClick: toEnd
	}, "↓ ", words.chat.newText), k(Storage, null), k(Composer, { sent: toEnd })), k(Keys, null), k(Say, null));
}
function Transcript() {
	let { id, turns } = conversation.value, { showBackup } = settings.value, told = w(() => alreadyTold(conversation.value), [conversation.value]), box = useStayingAtEnd(id), hidden = Math.max(0, turns.length - shown$1.value);
	return k("div", {
		class: "log",
		role: "log",
		"aria-live": "off",
		"aria-label": words.chat.title,
		ref: box
	}, turns.length === 0 && k(First, null), hidden > 0 && k("button", {
		type: "button",
		class: "btn",
		onClick: () => shown$1.value += STEP
	}, words.chat.openOlder(hidden)), turns.slice(hidden).map((turn, place) => k(TurnBox, {
		key: turn.id,
		turn,
		number: hidden + place + 1,
		told: turn.answers.some((answer) => told.has(answer.key)),
		newest: hidden + place === turns.length - 1,
		showBackup
	})));
}
function useStayingAtEnd(id) {
	let box = T(null);
	A(() => {
		let height = 0, grown = () => {
			let is = box.current?.offsetHeight ?? 0;
			atEnd ? scrollTo(0, document.documentElement.scrollHeight) : is > height && current.peek() && (below.value = !0);
			height = is;
		}, scrolled = () => {
			let { scrollHeight } = document.documentElement;
			atEnd = scrollY + innerHeight >= scrollHeight - NEAR_PX;
			atEnd && (below.value = !1);
		}, watch = new ResizeObserver(grown);
		box.current && watch.observe(box.current);
		addEventListener("scroll", scrolled, { passive: !0 });
		return () => {
			watch.disconnect();
			removeEventListener("scroll", scrolled);
		};
	}, []);
	A(() => {
		shown$1.value = STEP;
		toEnd();
	}, [id]);
	return box;
}
function First() {
	return k("div", { class: "first" }, k("p", { class: "muted" }, words.chat.first), words.chat.examples.map((example) => k("button", {
		key: example,
		type: "button",
		class: "btn",
		onClick: () => send(example)
	}, example)));
}
function Storage() {
	let trouble = storageTrouble.value;
	if (!trouble) return null;
	return k("div", {
		class: "note n-0 err",
		role: "group",
		"aria-label": words.error.storage.title
	}, k("p", { role: "alert" }, k("b", null, words.error.storage.title), " ", words.error.storage[trouble]), k("div", { class: "row" }, k("button", {
		type: "button",
		class: "btn",
		onClick: () => download(conversation.peek())
	}, words.error.buttons.export)));
}
function Table({ label, columns, tall, children }) {
	return k("div", {
		class: tall ? "region tall" : "region",
		role: "region",
		"aria-label": label,
		tabIndex: 0
	}, k("table", { "aria-label": label }, k("thead", null, k("tr", null, columns.map((name) => k("th", {
		key: name,
		scope: "col",
		class: name.startsWith(">") ? "n" : void 0
	}, name.replace(/^>/, ""))))), k("tbody", null, children)));
}
var STACK = [
	"4",
	"3",
	"2",
	"1",
	"unrated",
	"failed"
], LINES = [
	["4", "none"],
	["2", "8 4"],
	["3", "2 3"],
	["1", "12 3 2 3"],
	["unrated", "4 4"],
	["0", "14 4"]
];
function minutes(of) {
	let count = Math.max(of.answers.length, of.cost.length);
	return Array.from({ length: count }, (_, place) => clock(of.minute_ms - (count - 1 - place) * 6e4));
}
function answersChart(of) {
	let series = STACK.map((key) => {
		let values = of.answers.map((minute) => minute[key]);
		if (key === "failed") return {
			name: words.status.failedColumn,
			colour: "0",
			outlined: !0,
			values
		};
		return {
			name: words.signal[key].word,
			colour: key,
			values
		};
	}).filter((one) => sum(one.values) > 0), parts = series.map((one) => `${sum(one.values)} ${one.name}`);
	return {
		title: words.status.answers,
		unit: words.status.bySignal,
		stacked: !0,
		series,
		summary: words.status.sumOfHour(parts.join(", ")),
		empty: words.status.nothingYet,
		format: String,
		tick: String,
		least: 1
	};
}
function firstWordChart(of) {
	let ids = Object.keys(of.targets), known = (id) => (of.targets[id]?.first_token_p95 ?? []).filter((value) => value !== null).length, lines = ids.filter((id) => known(id) > 0).sort((a, b) => known(b) - known(a)), series = lines.slice(0, 6).map((id, place) => {
		let [colour, dash] = LINES[place] ?? ["unrated", "none"], values = (of.targets[id]?.first_token_p95 ?? []).map((ms) => ms === null ? null : ms / 1e3);
		return {
			name: modelName(id, ids),
			colour,
			dash,
			values
		};
	}), format = (s) => duration(s * 1e3), says = series.map((one) => {
		let top = peak(one.values), last = one.values.findLast((value) => value !== null) ?? 0;
		return words.status.lineSays(one.name, format(last), format(top.value), minutes(of)[top.place] ?? "");
	}), more = lines.length - series.length;
	return {
		title: words.status.firstWords,
		unit: more > 0 ? `${words.status.seconds}, ${words.status.morePlaces(more)}` : words.status.seconds,
		stacked: !1,
		series,
		summary: says.join("; "),
		empty: words.status.nothingYet,
		format,
		tick: String,
		least: .1
	};
}
function costChart(of, hasPrices) {
	let format = (value) => money(value, of.currency), top = peak(of.cost), isKnown = of.cost.some((value) => value !== null), isQuiet = !of.answers.some((minute) => STACK.some((key) => minute[key] > 0)) && sum(of.cost) === 0;
	return {
		title: words.status.costChart,
		unit: words.status.perMinute(of.currency),
		stacked: !0,
		series: hasPrices && !isQuiet ? [{
			name: words.status.costChart,
			colour: "4",
			values: of.cost
		}] : [],
		summary: isKnown ? words.status.costSays(format(sum(of.cost)), format(top.value), minutes(of)[top.place] ?? "") : words.status.costUnknown,
		...isKnown ? {} : { note: words.status.costUnknown },
		empty: hasPrices ? words.status.nothingYet : words.status.noPrices,
		format,
		tick: format,
		least: 1e-5
	};
}
function sum(values) {
	return values.reduce((all, value) => all + (value ?? 0), 0);
}
function peak(values) {
	let value = Math.max(0, ...values.map((one) => one ?? 0));
	return {
		value,
		place: Math.max(0, values.lastIndexOf(value))
	};
}
function steps(most, least) {
	let rough = Math.max(most / 3, least), power = 10 ** Math.floor(Math.log10(rough)), step = power * ([
		1,
		2,
		5
	].find((one) => one * power > rough * (1 - 1e-6)) ?? 10), count = Math.max(2, Math.ceil(most / step - 1e-6));
	return Array.from({ length: count + 1 }, (_, place) => Number((place * step).toPrecision(3)));
}
function stack(series) {
	let total = [];
	return series.map((one) => one.values.map((value, place) => total[place] = (total[place] ?? 0) + (value ?? 0)));
}
var high = (value, top) => Number((100 * (1 - value / top)).toFixed(1));
function columns(upper, lower, top) {
	return upper.map((value, place) => {
		let base = lower?.[place] ?? 0;
		return value > base ? `M${place + .1} ${high(base, top)}V${high(value, top)}h.8V${high(base, top)}z` : "";
	}).join("");
}
function line(values, top) {
	return values.map((value, place) => value === null ? "" : `${(values[place - 1] ?? null) === null ? "M" : "L"}${place + .5} ${high(value, top)}`).join("");
}
function dots(values, top) {
	return line(values.map((value, place) => (values[place - 1] ?? values[place + 1] ?? null) === null ? value : null), top).replace(/ [\d.]+/g, "$&h0");
}
var held = y(null), isPaused = O(() => held.value !== null), shown = O(() => held.value?.status ?? status.value), past = O(() => held.value?.history ?? history$1.value), at = O(() => held.value?.at ?? serverNow.value), sinceMs = O(() => Math.max(0, at.value - (shown.value?.at_ms ?? at.value))), dataAgeMs = O(() => held.value ? serverNow.value - held.value.status.at_ms : ageMs.value), isOld = O(() => isStale.value && !isPaused.value), isLogged = O(() => shown.value?.content_logged === !0), routes = O(() => shown.value?.routes ?? []), hasPrices = O(() => routes.value.some((route) => route.targets.some((target) => target.price !== null))), routeNames = O(() => routes.value.map((route) => route.name).join("\n")), targetIds = O(() => {
	let ids = routes.value.flatMap((route) => route.targets.map((target) => target.id));
	return [...new Set(ids)].join("\n");
});
function pause() {
	let of = status.value;
	held.value ? held.value = null : of && (held.value = {
		status: of,
		history: history$1.value,
		at: serverNow.value
	});
}
function Charts() {
	let of = past.value;
	if (!of) return null;
	let times = minutes(of);
	return k("section", null, k("h2", null, words.status.hour), k("div", { class: "cards" }, k(Card, {
		chart: answersChart(of),
		times
	}), k(Card, {
		chart: firstWordChart(of),
		times
	}), k(Card, {
		chart: costChart(of, hasPrices.value),
		times
	})));
}
function Card({ chart, times }) {
	let asTable = useSignal(!1), has = chart.series.length > 0;
	return k("div", {
		class: "card",
		role: "group",
		"aria-label": chart.title
	}, k("div", { class: "row" }, k("h3", null, chart.title, " ", k("small", { class: "muted" }, chart.unit)), k("span", { class: "fill" }), has && k("button", {
		type: "button",
		class: "btn",
		"aria-pressed": asTable.value,
		onClick: () => asTable.value = !asTable.value
	}, words.status.asTable)), !has && k("p", { class: "muted small" }, chart.empty), has && chart.note && k("p", { class: "muted small" }, chart.note), has && (asTable.value ? k(Numbers, {
		chart,
		times
	}) : k(Picture, {
		chart,
		times
	})));
}
function Picture({ chart, times }) {
	let stacked = chart.stacked ? stack(chart.series) : [], ticks = steps(Math.max(0, ...stacked.at(-1) ?? chart.series.flatMap((one) => one.values.map(Number))), chart.least), top = ticks.at(-1) ?? 1;
	return k($, null, k("div", {
		class: "plot small",
		role: "img",
		"aria-label": `${chart.title}: ${chart.summary}`
	}, k("div", { class: "ticks" }, ticks.map((value) => k("span", { key: value }, chart.tick(value)))), k("svg", {
		viewBox: `0 0 ${times.length} 100`,
		preserveAspectRatio: "none"
	}, k("path", {
		class: "grid",
		d: ticks.map((value) => `M0 ${100 * (1 - value / top)}h${times.length}`).join("")
	}), times.map((time, place) => k("rect", {
		key: place,
		x: place,
		width: "1",
		height: 100
	}, k("title", null, [time, ...chart.series.map((one) => `${one.name} ${told(one.values[place], chart)}`)].join("\n")))), chart.series.map((one, place) => {
		let upper = stacked[place];
		if (upper) return k("path", {
			key: one.name,
			class: paint(one),
			d: columns(upper, stacked[place - 1], top)
		});
		return k("g", {
			key: one.name,
			class: paint(one)
		}, k("path", {
			d: line(one.values, top),
			"stroke-dasharray": one.dash
		}), k("path", {
			class: "dots",
			d: dots(one.values, top)
		}));
	})), k("div", { class: "times" }, [
		0,
		1,
		2,
		3
	].map((third) => k("span", { key: third }, times[Math.round((times.length - 1) * third / 3)])))), k("div", { class: "legend small" }, chart.series.map((one) => k("span", { key: one.name }, k("svg", {
		class: `swatch ${paint(one)}`,
		viewBox: one.dash ? "0 0 28 10" : "0 0 10 10",
		"aria-hidden": "true"
	}, k("path", {
		d: one.dash ? "M0 5h28" : "M1 1h8v8h-8z",
		"stroke-dasharray": one.dash
	})), " ", one.name, " ", told(chart.stacked ? sum(one.values) : one.values.findLast((value) => value !== null), chart)))));
}
function paint(of) {
	return `s-${of.colour} ${of.dash ? "drawn" : of.outlined ? "outlined" : "filled"}`;
}
function told(value, chart) {
	return value == null ? words.time.none : chart.format(value);
}
function Numbers({ chart, times }) {
	return k(Table, {
		label: chart.title,
		columns: [words.status.minute, ...chart.series.map((one) => `>${one.name}`)],
		tall: !0
	}, times.map((time, place) => k("tr", { key: place }, k("td", null, time), chart.series.map((one) => k("td", { class: "n" }, told(one.values[place], chart))))).reverse());
}
var TOLD = 3, ORDER = [
	"0",
	"unrated",
	"1",
	"2",
	"3",
	"4"
];
function headline(status) {
	if (!status) return words.status.waiting;
	let all = status.routes.length;
	if (all === 0) return words.status.noRoutes;
	let about = status.routes.filter((route) => route.level === status.level).length, text = words.status.headline[status.level];
	return about < all ? words.status.ofRoutes(text, about, all) : text;
}
function tabTitle(status, isOld) {
	return `${isOld ? words.status.tabOld : status ? headline(status) : words.status.title} · ${words.product}`;
}
function worstSignal(routes) {
	let levels = routes.map((route) => levelOf(route));
	return ORDER.find((level) => levels.includes(level)) ?? "0";
}
function sentences(status, nowMs) {
	let about = status.routes.filter((route) => route.level === status.level).sort((a, b) => b.since_ms - a.since_ms), told = about.slice(0, TOLD).map((route) => sentence(route, nowMs));
	return about.length > TOLD ? [...told, words.status.moreRoutes(about.length - TOLD)] : told;
}
function sentence(route, nowMs) {
	let since = moment(route.since_ms, nowMs), ids = route.targets.map((target) => target.id), who = route.answering === null ? null : modelName(route.answering, ids);
	return `${who === null ? words.status.sinceNone(route.name, since) : words.status.sinceLead(route.name, who, since)} ${words.status.failed(route.failed_since)}`;
}
function freshness(ageMs, waitedMs, isOld, isPaused) {
	if (ageMs === null) return waitedMs > 5e3 ? `◌ ${words.status.noGateway(ticking(waitedMs))}` : `◌ ${words.status.waiting}`;
	if (isPaused) return `◌ ${words.status.pausedFor(ticking(ageMs))}`;
	return isOld ? `◌ ${words.status.stale(ticking(ageMs))}` : `● ${words.status.live(ticking(ageMs))}`;
}
var COLOURS = {
	4: "#0b57a4",
	3: "#0a6f5c",
	2: "#c48a1a",
	1: "#c9572f",
	0: "#c0283f",
	unrated: "#80868d"
};
function icon(level) {
	let colour = COLOURS[level ?? "unrated"], bars = [
		9,
		15,
		21,
		27
	].map((height, place) => {
		let paint = level !== null && place < filled(level) ? `fill='${colour}'` : "fill='none' stroke='#80868d' stroke-width='1.5'";
		return `<rect x='${2 + place * 8}' y='${30 - height}' width='5' height='${height}' rx='1' ${paint}/>`;
	}), cross = level === "0" ? `<path d='M3 3l14 14M17 3L3 17' stroke='${colour}' stroke-width='4'/>` : "", svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>${bars.join("")}${cross}</svg>`;
	return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
function Name({ id }) {
	let { provider, model } = parts(id);
	return k("span", { class: "name" }, model, provider && k("span", { class: "muted" }, " · ", provider));
}
var noFilter = {
	route: "",
	target: "",
	signal: "",
	switched: !1,
	failed: !1,
	slower: ""
};
function isSwitched(story) {
	return story.hand_overs.length > 0 || story.reason !== null && story.served !== null;
}
function isFailed(story) {
	return story.outcome === "failed" || story.outcome === "interrupted";
}
function hasPart(story, target) {
	return story.served === target || story.steps.some((step) => step.target === target && step.asked);
}
function matches(story, filter) {
	let slower = Number.parseFloat(filter.slower.replace(",", "."));
	return (filter.route === "" || story.route === filter.route) && (filter.target === "" || hasPart(story, filter.target)) && (filter.signal === "" || story.signal === filter.signal) && (!filter.switched || isSwitched(story)) && (!filter.failed || isFailed(story)) && (Number.isNaN(slower) || story.took_ms > slower * 1e3);
}
var EVERY_MS = 2e3, stories = y([]), isFetched = y(!1), fetchedAt = -2e3, fetchedFor = "";
async function refresh() {
	try {
		stories.value = (await getJson("/api/requests?limit=500")).requests;
		isFetched.value = !0;
	} catch {
		fetchedFor = "";
	}
}
function keepFresh() {
	return x(() => {
		let of = status.value, wanted = of ? `${of.started_at_ms} ${of.requests}` : "";
		if (wanted === fetchedFor || isPaused.value || document.hidden || now$1.value - fetchedAt < EVERY_MS) return;
		fetchedFor = wanted;
		fetchedAt = now$1.value;
		refresh();
	});
}
var LEVELS = [
	"4",
	"3",
	"2",
	"1",
	"unrated",
	"0"
];
function Requests() {
	let filter = useSignal(noFilter);
	A(keepFresh, []);
	let found = stories.value.filter((story) => matches(story, filter.value)), hasAny = stories.value.length > 0;
	return k("section", null, k("div", { class: "row" }, k("h2", null, words.status.requests), !isLogged.value && k("span", { class: "muted small" }, words.status.noPrompt)), hasAny && k(Filters, {
		filter: filter.value,
		set: (next) => filter.value = next,
		count: found.length
	}), !hasAny && isFetched.value && k("p", { class: "muted" }, words.status.noRequests), hasAny && found.length === 0 && k("p", { class: "muted" }, words.status.noMatch), found.length > 0 && k(Found, { found }));
}
function Filters({ filter, set, count }) {
	let label = words.status.filters, pick = (key, options) => k("label", { class: "small" }, label[key], " ", k("select", {
		value: filter[key],
		onChange: (event) => set({
			...filter,
			[key]: event.currentTarget.value
		})
	}, k("option", { value: "" }, label.all), options.map(([value, text]) => k("option", {
		key: value,
		value
	}, text)))), tick = (key) => k(Tick, {
		label: label[key],
		on: filter[key],
		set: (on) => set({
			...filter,
			[key]: on
		})
	}), same = (text) => [text, text], isSet = JSON.stringify(filter) !== JSON.stringify(noFilter);
	return k("div", {
		class: "row filters",
		role: "group",
		"aria-label": label.title
	}, pick("route", routeNames.value.split("\n").map(same)), pick("target", targetIds.value.split("\n").map(same)), pick("signal", LEVELS.map((level) => [level, words.signal[level].word])), tick("switched"), tick("failed"), k("label", { class: "small" }, label.slower, " ", k("input", {
		class: "number",
		inputMode: "decimal",
		value: filter.slower,
		onInput: (event) => set({
			...filter,
			slower: event.currentTarget.value
		})
	})), isSet && k("button", {
		type: "button",
		class: "btn",
		onClick: () => set(noFilter)
	}, label.clear), k("span", {
		class: "muted small",
		role: "status"
	}, label.count(count, stories.value.length)));
}
function Found({ found }) {
	let of = words.status.requestColumns, columns = [
		of.time,
		of.route,
		of.served,
		of.signal,
		of.outcome,
		`>${of.took}`,
		`>${of.attempts}`
	];
	return k(Table, {
		label: words.status.requests,
		columns,
		tall: !0
	}, found.map((story) => k(Line, {
		key: story.id,
		story
	})));
}
function Line({ story }) {
	return k("tr", null, k("td", null, k("button", {
		type: "button",
		class: "plain link",
		onClick: () => location.hash = story.id
	}, clock(story.began_at_ms, !0))), k("td", null, story.route ?? story.asked), k("td", null, story.served === null ? words.time.none : k(Name, { id: story.served }), isSwitched(story) && k("small", { class: "muted" }, words.status.switched)), k("td", null, k(Signal, { level: story.signal })), k("td", { class: isFailed(story) ? "is-resting" : "" }, isFailed(story) && "✕ ", words.status.outcome[story.outcome]), k("td", { class: "n" }, duration(story.took_ms)), k("td", { class: "n" }, story.attempts));
}
var IN_TROUBLE = [
	"slow",
	"resting",
	"testing",
	"returning",
	"full",
	"off"
];
function rows(status) {
	let byId = new Map();
	for (let route of status.routes) for (let target of route.targets) {
		let state = stateOf(target, route), row = byId.get(target.id);
		row || byId.set(target.id, row = {
			target,
			state,
			signals: [],
			routes: [],
			alone: []
		});
		state === "answering" && (row.state = state);
		row.routes.push(route.name);
		isAlone(target, route) && row.alone.push(route.name);
		let same = row.signals.find((signal) => signal.level === target.signal);
		same ? same.routes.push(route.name) : row.signals.push({
			level: target.signal,
			routes: [route.name]
		});
	}
	return [...byId.values()];
}
function isAlone(target, route) {
	let takes = (other) => other.state !== "resting" && other.state !== "off" && !other.is_off;
	return takes(target) && !route.targets.some((other) => other.id !== target.id && takes(other));
}
function isInTrouble(row) {
	return IN_TROUBLE.includes(row.state);
}
function places(route) {
	let chain = [];
	for (let target of route.targets) {
		let last = chain.at(-1);
		last?.[0]?.place === target.place ? last.push(target) : chain.push([target]);
	}
	return chain;
}
function cut(chain, answering, most = 8) {
	if (chain.length <= most) return {
		shown: chain,
		more: 0
	};
	let shown = chain.filter((place, at) => at < most || place.some((target) => target.id === answering));
	return {
		shown,
		more: chain.length - shown.length
	};
}
function beat([ok, failed, slow]) {
	if (failed > 0) return {
		height: 10 + Math.round(8 * failed / (ok + failed)),
		kind: "failed"
	};
	if (slow > 0) return {
		height: 8 + Math.round(4 * slow / Math.max(ok, slow)),
		kind: "slow"
	};
	return ok > 0 ? {
		height: 6,
		kind: "ok"
	} : {
		height: 2,
		kind: "none"
	};
}
function beatsLabel(beats) {
	let kinds = beats.map((one) => beat(one).kind), count = (kind) => kinds.filter((k) => k === kind).length;
	return count("none") === kinds.length ? words.status.beatsNone : words.status.beatsLabel(count("failed"), count("slow"));
}
function beatPath(beats, kind) {
	return beats.map((one, place) => {
		let { height, kind: is } = beat(one);
		return is === kind ? `M${place * 5} 18v-${height}h3.4v${height}z` : "";
	}).join("");
}
function errorsOf(stories, target) {
	let kinds = new Map();
	for (let story of stories) for (let step of story.steps) {
		if (step.target !== target || !step.asked) continue;
		let at = story.began_at_ms + step.at_ms + step.took_ms, kind = kinds.get(step.words) ?? {
			words: step.words,
			count: 0,
			last: 0
		};
		kinds.set(step.words, {
			words: step.words,
			count: kind.count + 1,
			last: Math.max(kind.last, at)
		});
	}
	return [...kinds.values()].sort((a, b) => b.count - a.count);
}
var noHistory = {
	beats: [],
	success: null,
	first_token_p95_ms: null,
	per_minute: 0,
	cost_today: null,
	last_error: null,
	first_token_p95: []
};
function Routes({ of }) {
	return k("section", null, k("h2", null, words.status.routes), of.routes.map((route) => k(Chain, {
		key: route.name,
		route
	})));
}
function Chain({ route }) {
	let { shown, more } = cut(places(route), route.answering);
	return k("div", { class: "chain" }, k("h3", null, route.name), k("ol", null, shown.map((place, number) => k("li", { key: place[0]?.id }, number > 0 && k(Arrow, null), place.map((target, member) => k($, { key: target.id }, member > 0 && k("span", { class: "muted small" }, words.status.or), k(Hop, {
		target,
		route
	}))))), more > 0 && k("li", { class: "muted small" }, words.status.morePlaces(more))), shown.length === 0 && k("span", { class: "muted" }, words.status.emptyRoute));
}
function Arrow() {
	return k($, null, k("span", { "aria-hidden": "true" }, "→"), k("span", { class: "sr" }, words.status.then));
}
function Hop({ target, route }) {
	let answers = target.id === route.answering, state = stateOf(target, route), { mark, word } = words.state[state], why = whyNot(target), hasTrouble = state !== "answering" && state !== "ready" && state !== "standby";
	return k("span", { class: answers ? "hop answers" : "hop" }, k("span", { class: "line" }, k(Signal, { level: target.signal }), " ", k(Name, { id: target.id }), " ", answers && k("b", null, words.status.now)), hasTrouble && k("span", { class: `small is-${state}` }, mark, " ", word, why && k("span", { class: "muted" }, ": ", why)));
}
function whyNot(target) {
	if (target.is_off) return words.status.forced;
	let error = past.value?.targets[target.id]?.last_error;
	return [error && (target.state === "resting" || target.state === "testing" || target.state === "ramping") ? words.status.why(error.words, ticking(at.value - error.at_ms)) : null, nextTry(target, sinceMs.value)].filter((part) => part !== null).join("; ");
}
function named() {
	return decodeURIComponent(location.hash.slice(1));
}
function StoryDialog() {
	let id = useSignal(named()), story = useSignal(null), problem = useSignal("");
	A(() => {
		let moved = () => id.value = named();
		addEventListener("hashchange", moved);
		return () => removeEventListener("hashchange", moved);
	}, []);
	A(() => {
		let wanted = id.value;
		if (wanted === "") return;
		problem.value = "";
		story.value = stories.value.find((one) => one.id === wanted) ?? null;
		getJson(`/api/requests/${encodeURIComponent(wanted)}`).then((found) => {
			id.value === wanted && (story.value = found);
		}, (error) => {
			let isGone = error instanceof Refused && error.status === 404;
			problem.value = isGone ? words.status.notKept : words.error.offline.gateway;
		});
	}, [id.value]);
	let closed = () => {
		history.replaceState(null, "", location.pathname);
		id.value = "";
	};
	if (id.value === "") return null;
	return k(Dialog, {
		kind: "whole",
		title: words.status.story,
		close: closed
	}, story.value ? k(Whole, { story: story.value }) : k("p", { role: "status" }, problem.value || words.status.looking));
}
function Whole({ story }) {
	let asides = [
		story.cached_age_s === null ? null : words.notice.cached(duration(story.cached_age_s * 1e3)),
		story.canary && story.served !== null ? words.notice.canary(story.served) : null,
		story.error,
		story.stopped?.words
	];
	return k($, null, k("p", null, clock(story.began_at_ms, !0), " · ", story.route ?? story.asked, " · ", k(Signal, { level: story.signal }), " ·", " ", words.status.outcome[story.outcome], " (", story.status, ")"), asides.map((aside) => aside && k("p", { class: "muted" }, aside)), k(Details, { story }), story.content ? k($, null, k("h3", null, words.status.prompt), k("pre", null, story.content.prompt)) : k("p", { class: "muted small" }, words.status.noPrompt));
}
function whenOf(one) {
	if (one.when === "before_first_word") return words.status.when.before_first_word;
	return one.how === "restart" ? words.status.when.restarted : words.status.when.continued;
}
function Switches() {
	let list = past.value?.switches ?? [], of = words.status.switchColumns, columns = [
		of.time,
		of.route,
		of.fromTo,
		of.why,
		of.when,
		`>${of.added}`,
		of.request
	];
	return k("section", null, k("h2", null, words.status.switches), list.length === 0 ? k("p", { class: "muted" }, words.status.noSwitches) : k(Table, {
		label: words.status.switches,
		columns,
		tall: !0
	}, list.map((one) => k("tr", { key: one.request_id + one.from + one.to }, k("td", null, clock(one.at_ms, !0)), k("td", null, one.route), k("td", null, modelName(one.from, [one.to]), " → ", modelName(one.to, [one.from])), k("td", null, one.words), k("td", null, whenOf(one)), k("td", { class: "n" }, duration(one.added_ms)), k("td", null, k("a", { href: `#${one.request_id}` }, short(one.request_id)))))));
}
function short(id) {
	return id.length > 12 ? `…${id.slice(-8)}` : id;
}
function Opened({ row, currency }) {
	let { target } = row, errors = errorsOf(stories.value, target.id), label = words.status;
	return k("tr", { class: "opened" }, k("td", { colSpan: 9 }, k("div", null, k(Actions, { row }), k("dl", null, k("dt", null, label.settings), k("dd", null, k("div", null, price(target, currency)), k("div", null, label.inRoutes, ": ", row.routes.join(", ")), target.first_token_p50_ms !== null && target.first_token_p95_ms !== null && k("div", null, label.firstHalf, ": ", duration(target.first_token_p50_ms), ", ", duration(target.first_token_p95_ms))), k("dt", null, label.breaker), k("dd", null, k("div", null, label.providerBreaker, ": ", breaker(target.provider_breaker)), target.keys.map((key, place) => k("div", { key: place }, label.key(place + 1), ": ", breaker(key.breaker), "; ", label.inFlight(key.in_flight, key.limit), key.rests_s !== null && `; ${label.rests(ticking(key.rests_s * 1e3))}`)), target.diverted_share > 0 && k("div", null, label.diverted(percent(target.diverted_share)))), k("dt", null, label.errors), k("dd", null, errors.length === 0 && label.noErrors, errors.map((kind) => k("div", { key: kind.words }, kind.count, " × ", kind.words, ", ", k("span", { class: "muted" }, words.time.ago(ticking(at.value - kind.last))))))))));
}
function price(target, currency) {
	if (!target.price) return words.status.noPrice;
	return words.status.price(money(target.price.input, currency), money(target.price.output, currency));
}
function breaker(of) {
	let terms = words.status.breakers;
	switch (of.state) {
		case "open": return terms.open(of.open_for_s === null ? null : ticking(of.open_for_s * 1e3));
		case "ramping": return terms.ramping(percent(of.share ?? 0));
		case "closed":
		case "probing": return terms[of.state];
	}
}
function Actions({ row }) {
	let asks = useSignal(!1), busy = useSignal(null), said = useSignal(""), { id, is_off } = row.target, label = words.status;
	async function does(deed) {
		asks.value = !1;
		busy.value = deed;
		said.value = deed === "test" ? label.testing : "";
		try {
			said.value = outcome(await post(id, deed));
			deed === "test" && refresh();
		} catch (error) {
			said.value = label.notDone(error.message);
		}
		busy.value = null;
	}
	return k("div", { class: "row" }, k("button", {
		type: "button",
		class: "btn",
		disabled: busy.value !== null,
		onClick: () => does("test")
	}, label.test), is_off ? k("button", {
		type: "button",
		class: "btn",
		disabled: busy.value !== null,
		onClick: () => does("use")
	}, label.use) : k("button", {
		type: "button",
		class: "btn",
		"aria-expanded": asks.value,
		disabled: busy.value !== null,
		onClick: () => asks.value = !asks.value
	}, label.rest), asks.value && !is_off && k("span", {
		class: "row",
		role: "group",
		"aria-label": label.rest
	}, k("span", null, label.sureRest(modelName(id)), " ", row.alone.length > 0 && k("b", null, label.sureAlone(row.alone.join(", ")))), k("button", {
		type: "button",
		class: "btn primary",
		onClick: () => does("rest")
	}, label.yes), k("button", {
		type: "button",
		class: "btn",
		onClick: () => asks.value = !1
	}, label.no)), k("span", { role: "status" }, said.value));
}
function post(id, deed) {
	return getJson("/api/targets", {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({
			id,
			do: deed
		})
	});
}
function outcome({ tested }) {
	if (!tested) return "";
	return tested.ok ? words.status.tested(duration(tested.first_token_ms)) : words.status.testFailed(tested.words);
}
var MANY = 12, SHOWN = 50;
function Targets({ of }) {
	let find = useSignal(""), onlyTrouble = useSignal(!1), all = useSignal(!1), every = rows(of), wanted = find.value.toLowerCase(), found = every.filter((row) => row.target.id.toLowerCase().includes(wanted) && (!onlyTrouble.value || isInTrouble(row))), shown = all.value ? found : found.slice(0, SHOWN), label = words.status.columns, numbers = [
		label.success,
		label.firstWord,
		label.perMinute,
		label.today
	].map((name) => `>${name}`), columns = [
		label.target,
		label.signal,
		label.state,
		label.beats,
		...numbers,
		label.lastError
	];
	return k("section", null, k("div", { class: "row" }, k("h2", null, words.status.targets), k("span", { class: "fill" }), every.length > MANY && k($, null, k("input", {
		type: "search",
		"aria-label": words.status.find,
		placeholder: words.status.find,
		value: find.value,
		onInput: (event) => find.value = event.currentTarget.value
	}), k(Tick, {
		label: words.status.onlyTrouble,
		on: onlyTrouble.value,
		set: (on) => onlyTrouble.value = on
	}), k("span", { class: "muted small" }, words.status.filters.count(found.length, every.length)))), k(Table, {
		label: words.status.targets,
		columns
	}, shown.map((row) => k(TargetRow, {
		key: row.target.id,
		row,
		currency: of.currency
	}))), shown.length < found.length && k("button", {
		type: "button",
		class: "btn",
		onClick: () => all.value = !0
	}, words.status.showAll(found.length)));
}
function TargetRow({ row, currency }) {
	let isOpen = useSignal(!1), { target, state } = row, was = past.value?.targets[target.id] ?? noHistory, error = was.last_error, none = words.time.none;
	return k($, null, k("tr", null, k("th", { scope: "row" }, k("button", {
		type: "button",
		class: "plain",
		"aria-expanded": isOpen.value,
		onClick: () => isOpen.value = !isOpen.value
	}, k("span", { "aria-hidden": "true" }, isOpen.value ? "▾" : "▸"), k(Name, { id: target.id }))), k("td", null, row.signals.map(({ level, routes }) => k("div", { key: level }, k(Signal, { level }), " ", row.signals.length > 1 && k("span", { class: "muted small" }, routes.join(", "))))), k("td", null, k("b", { class: `state is-${state}` }, words.state[state].mark, " ", words.state[state].word), k(StateNote, { target })), k("td", null, k(Beats, { beats: was.beats })), k("td", { class: "n" }, was.success === null ? none : percent(was.success)), k("td", { class: "n" }, was.first_token_p95_ms === null ? none : duration(was.first_token_p95_ms)), k("td", { class: "n" }, was.per_minute), k("td", { class: "n" }, was.cost_today === null ? none : money(was.cost_today, currency)), k("td", { class: "muted error" }, error ? words.status.why(error.words, ticking(at.value - error.at_ms)) : words.status.noneToday)), isOpen.value && k(Opened, {
		row,
		currency
	}));
}
function StateNote({ target }) {
	let next = nextTry(target, sinceMs.value);
	if (target.is_off) {
		let is = words.status.measured(words.state[measured(target)].word);
		return k("small", { class: "muted" }, words.status.forced, "; ", is);
	}
	return next === null ? null : k("small", { class: "muted" }, next);
}
function Beats({ beats }) {
	return k("svg", {
		class: "beats",
		viewBox: "0 0 150 18",
		role: "img",
		"aria-label": beatsLabel(beats)
	}, [
		"none",
		"ok",
		"slow",
		"failed"
	].map((kind) => k("path", {
		key: kind,
		class: kind,
		d: beatPath(beats, kind)
	})));
}
function StatusPage() {
	let of = shown.value;
	return k("main", {
		id: "main",
		class: isOld.value ? "wide old" : "wide"
	}, k(Tab, null), k("div", { class: "row top" }, k("div", { class: "said" }, k("h1", null, headline(of)), of && sentences(of, at.value).map((sentence) => k("div", { class: "muted" }, sentence))), of?.content_logged && k("span", { class: "badge" }, words.status.contentOn), k(Freshness, null)), of && of.routes.length > 0 && k($, null, k(Routes, { of }), k(Targets, { of }), k(Charts, null), k(Switches, null), k(Requests, null)), k(StoryDialog, null));
}
function Freshness() {
	let text = freshness(dataAgeMs.value, now$1.value, isOld.value, isPaused.value);
	return k("div", { class: "row fresh" }, k("span", { class: isOld.value ? "small alarm" : "small muted" }, text), k("span", {
		class: "sr",
		role: "status"
	}, isOld.value ? words.status.wentOld : ""), shown.value && k("button", {
		type: "button",
		class: "btn",
		onClick: pause
	}, isPaused.value ? words.status.resume : words.status.pause));
}
var title = O(() => tabTitle(status.value, isStale.value)), image = O(() => icon(status.value && !isStale.value ? worstSignal(status.value.routes) : null));
function Tab() {
	A(() => {
		document.title = title.value;
	}, [title.value]);
	A(() => setIcon(image.value), [image.value]);
	A(() => () => {
		document.title = words.product;
		setIcon("/favicon.svg");
	}, []);
	return null;
}
function setIcon(href) {
	document.querySelector("link[rel=icon]")?.setAttribute("href", href);
}
function App() {
	let isStatus = path.value === "/status";
	return k($, null, k("a", {
		class: "skip",
		href: "#main"
	}, words.nav.skip), k("header", null, k("b", null, words.product), k("nav", { "aria-label": words.nav.label }, k("a", {
		href: "/",
		onClick: go,
		"aria-current": isStatus ? void 0 : "page"
	}, words.nav.chat), k("a", {
		href: "/status",
		onClick: go,
		"aria-current": isStatus ? "page" : void 0
	}, words.nav.status)), k("span", { class: "fill" }), k(Chip, null)), k(isStatus ? StatusPage : ChatPage, null));
}
start$1();
var root = document.getElementById("app");
root && Q(k(App, null), root);
