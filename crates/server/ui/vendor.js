var e, t, n, r, i, a, o, s, c, l, u, d = Symbol.for(`pv`), f = {}, p = [], m = /^m(i|n|o|s|text|space)$/, h = Array.isArray, g = p.slice, _ = Object.assign;
function v(e) {
	e && e.parentNode && e.remove();
}
function y(e, t, n) {
	var r, i, a, o = {}, s = arguments.length;
	for (a in t) a == `key` ? r = t[a] : a == `ref` && typeof e != `function` ? i = t[a] : o[a] = t[a];
	return s > 2 && (o.children = s > 3 ? g.call(arguments, 2) : n), b(e, o, r, i, null);
}
function b(n, r, i, a, o) {
	var s = {
		type: n,
		props: r,
		key: i,
		ref: a,
		__k: null,
		__: null,
		__b: 0,
		__e: null,
		__c: null,
		constructor: d,
		__v: o || ++t,
		__i: -1,
		__u: 0
	};
	return !o && e.vnode && e.vnode(s), s;
}
function x(e) {
	return e.children;
}
function S(e, t) {
	this.props = e, this.context = t, this.__g = 0;
}
function C(e, t) {
	if (t == null) return e.__ && C(e.__, e.__i + 1);
	for (var n; t < e.__k.length; t++) if ((n = e.__k[t]) && n.__e) return n.__e;
	return typeof e.type != `function` || e.props.__P ? null : C(e);
}
function w(t) {
	var n, r = t.__v, i = r.__e, a = [], o = [], s = t.__P;
	s && ((n = _({ constructor: d }, r)).__v = r.__v + 1, e.vnode && e.vnode(n), re(s, n, r, t.__n, s.namespaceURI, 32 & r.__u ? [i] : null, a, i || C(r), 32 & r.__u, o), n.__v = r.__v, n.__.__k[n.__i] = n, M(a, n, o), r.__ = r.__e = null, n.__e != i && T(n));
}
function T(e) {
	if ((e = e.__) && e.__c && !e.props.__P) return e.__e = null, e.__k.some(function(t) {
		return t && (e.__e = t.__e);
	}), T(e);
}
function E(t) {
	(8 & t.__g || (t.__g |= 8, r.push(t), a++)) && i == e.debounceRendering || ((i = e.debounceRendering) || queueMicrotask)(D);
}
function D() {
	try {
		for (var e, t = 1; r.length;) r.length > t && r.sort(o), e = r.shift(), t = r.length, 8 & e.__g && w(e);
	} finally {
		(a = r.length) && (i || queueMicrotask)(D);
	}
}
function ee(e, t, n, r, i, a, o, s, c, l, u) {
	var d, m, h, g, _, v, y = r.__k || p, b = t.length;
	for (c = O(n, t, y, c, b), d = 0; d < b; d++) (h = n.__k[d]) != null && (m = ~h.__i && y[h.__i] || f, h.__i = d, v = re(e, h, m, i, a, o, s, c, l, u), g = h.__e, (m.ref != h.ref || 8 & m.__u) && (m.ref && N(m.ref, null, h, m), h.ref && u.push(h.ref, h.__c || g, h)), _ ||= g, 4 & h.__u ? (c = k(h, c, e, !m.__v), m.__e && (m.__e = null)) : typeof h.type == `function` && v !== void 0 ? c = v : g && (c = g.nextSibling), h.__u &= -21);
	return n.__e = _, c;
}
function O(e, t, n, r, i) {
	var a, o, s, c, l, u, f, p, m, g = n.length, _ = g, v = 0, y = 0, S = e.__k = Array(i);
	for (a = 0; a < i; a++) (o = t[a]) != null && typeof o != `boolean` && typeof o != `function` ? (typeof o != `object` || o.constructor === String ? o = S[a] = b(null, o) : h(o) ? o = S[a] = b(x, { children: o }) : o.constructor === d && o.__b ? o = S[a] = b(o.type, o.props, o.key, o.ref, o.__v) : S[a] = o, c = a + v, o.__ = e, o.__b = e.__b + 1, s = null, ~(l = o.__i = te(o, n, c, _)) && (_--, (s = n[l]) && (s.__u |= 2)), s && s.__v ? (o.__u |= 16, l == c - 1 ? v-- : l == c + 1 ? v++ : l != c && (l > c ? v-- : v++, y = 1)) : (~l || (i > g ? v-- : i < g && v++), typeof o.type != `function` && (o.__u |= 4))) : S[a] = null;
	if (y) {
		for (u = [], f = [], a = 0; a < i; a++) if ((o = S[a]) && 16 & o.__u) {
			for (v = 0, p = u.length; v < p;) u[m = v + p >> 1] < o.__i ? v = m + 1 : p = m;
			u[v] = o.__i, f[a] = v + 1;
		}
		for (v = u.length; a--;) f[a] && (f[a] == v ? v-- : S[a].__u |= 4);
	}
	if (_) for (a = 0; a < g; a++) !(s = n[a]) || 2 & s.__u || (s.__e == r && (r = C(s)), se(s, s));
	return r;
}
function k(e, t, n, r) {
	var i, a, o, s;
	if (typeof e.type == `function`) {
		if (e.props.__P) return t;
		if (i = e.__k) for (a = 0; a < i.length; a++) i[a] && (i[a].__ = e, t = k(i[a], t, n, !1));
		return t;
	}
	for (t && !t.parentNode && (t = C(e)) && !t.parentNode && (t = null), o = e.__e, s = t; s && s.nodeType == 8;) s = s.nextSibling;
	for (o != s && (!r && n.moveBefore && o.parentNode ? n.moveBefore(o, t) : n.insertBefore(o, t || null)), t = o; (t &&= t.nextSibling) && t.nodeType == 8 && !t.data.startsWith(`$s`););
	return t;
}
function te(e, t, n, r) {
	var i, a = e.key, o = e.type, s = t[n], c = s && !(2 & s.__u);
	if (s === null && a == null || c && a == s.key && o == s.type) return n;
	if (r > +!!c) {
		for (i = n - 1; i >= 0; i--) if ((s = t[i]) && !(2 & s.__u) && a == s.key && o == s.type) return i;
		for (i = n + 1; i < t.length; i++) if ((s = t[i]) && !(2 & s.__u) && a == s.key && o == s.type) return i;
	}
	return -1;
}
function ne(e, t, n) {
	n ??= ``, t[0] == `-` ? e.setProperty(t, n) : e[t] = n;
}
function A(e, t, n, r, i) {
	var a, o;
	if (t == `style`) {
		if (typeof n == `string`) e.style.cssText = n;
		else {
			if (typeof r == `string` && (e.style.cssText = r = ``), r) for (t in r) n && t in n || ne(e.style, t);
			if (n) for (t in n) r && n[t] == r[t] || ne(e.style, t, n[t]);
		}
	} else if (t[0] == `o` && t[1] == `n`) typeof n != `function` && (n = null), typeof r != `function` && (r = null), (e.__e ||= {})[t] = n, n && r || (o = u[t] || (u[t] = j(t)), (e.__a ||= {})[t] = l, a = t != (t = t.replace(c, `$1`)), (t = t.slice(2))[0] < `a` && (t = t.toLowerCase()), n ? e.addEventListener(t, o, a) : e.removeEventListener(t, o, a));
	else {
		if (i == `http://www.w3.org/2000/svg`) t = t.replace(/xlink(H|:h)/, `h`).replace(/sName$/, `s`);
		else if (t != `width` && t != `height` && t != `href` && t != `list` && t != `form` && t != `tabIndex` && t != `download` && t != `rowSpan` && t != `colSpan` && t != `role` && t != `popover` && t in e) try {
			e[t] = n ?? ``;
			return;
		} catch {}
		if (typeof n == `function`) return;
		n == null || !1 === n && t[4] != `-` ? e.removeAttribute(t) : e.setAttribute(t, t == `popover` && n == 1 ? `` : n);
	}
}
function j(t) {
	return function(n) {
		var r = this.__e;
		if (r) {
			if (r = r[t], n[s] == null) n[s] = l++;
			else if (n[s] < this.__a[t]) return;
			return r(e.event ? e.event(n) : n);
		}
	};
}
function re(t, n, r, i, a, o, s, c, l, u) {
	var f, m, g, y, b, w, T, E, D, O, k, te, ne, A, j, re, M, N, P = n.type;
	if (n.constructor !== d) return null;
	128 & r.__u && (l = 32 & r.__u, f = r.__c.__z) && (n.__u |= l, m = o = [], f.nodeType == 8 ? c = ie(f, o) : o.push(f), c = o[0] || c), (f = e.__b) && f(n);
	n: if (typeof P == `function`) {
		g = s.length;
		try {
			if (E = n.props, D = (f = P.prototype) && f.render, O = (f = P.contextType) && i[f.__c], k = f ? O ? O.props.value : f.__ : i, (y = r.__c) ? (n.__c = y, 2 & y.__g && (y.__g |= 1)) : (D ? n.__c = y = new P(E, k) : (n.__c = y = new S(E, k), y.constructor = P, y.render = ce), O && O.sub(y), y.state || (y.state = {}), y.__n = i, y.__g |= 8, y.__h = [], y.__k = []), D && (y.__s || (y.__s = y.state), P.getDerivedStateFromProps && (y.__s == y.state && (y.__s = _({}, y.__s)), _(y.__s, P.getDerivedStateFromProps(E, y.__s)))), b = y.props, w = y.state, y.__v = n, r.__c) {
				if (E !== b && D && !P.getDerivedStateFromProps && y.componentWillReceiveProps && y.componentWillReceiveProps(E, k), n.__v == r.__v && !(8 & y.__g) || !(4 & y.__g) && y.shouldComponentUpdate && !1 === y.shouldComponentUpdate(E, y.__s, k)) {
					n.__v != r.__v && (y.props = E, y.state = y.__s, y.__g &= -9), n.__e = r.__e, n.__k = r.__k, n.__k.some(function(e) {
						e && (e.__ = n);
					}), p.push.apply(y.__h, y.__k), y.__k = [], y.__h.length && s.push(y), c = C(r);
					break n;
				}
				y.componentWillUpdate && y.componentWillUpdate(E, y.__s, k), D && y.componentDidUpdate && y.__h.push(function() {
					y.componentDidUpdate(b, w, T);
				});
			} else D && !P.getDerivedStateFromProps && y.componentWillMount && y.componentWillMount(), D && y.componentDidMount && y.__h.push(y.componentDidMount);
			y.context = k, y.props = E, y.__P = t, y.__g &= -5, te = e.__r, ne = D ? 25 : 0;
			do
				y.__g &= -9, te && te(n), f = y.render(y.props, y.state = y.__s, y.context);
			while (8 & y.__g && ++ne < 25);
			D && (p.push.apply(y.__h, y.__k), y.__k = []), y.state = y.__s, y.getChildContext && (i = _({}, i, y.getChildContext())), D && r.__c && y.getSnapshotBeforeUpdate && (T = y.getSnapshotBeforeUpdate(b, w)), A = f && f.type === x && f.key == null ? f.props.children : f, E.__P && (f = c, a = (t = E.__P).namespaceURI, l = o = null, r.props && r.props.__P != t && (r.__k.some(function(e) {
				e && se(e, e);
			}), r.__k = null), c = r.__k ? C(r, 0) : null), c = ee(t, h(A) ? A : [A], n, r, i, a, o, s, c, l, u), E.__P && (n.__e = null, c = f), n.__u &= -161, m && m.some(v), y.__h.length && s.push(y), 1 & y.__g && (y.__g &= -4);
		} catch (t) {
			if (s.length = g, n.__v = null, l || o) {
				if (t && t.then) {
					if (n.__u |= 128 | l, o) {
						for (~(M = o.indexOf(c || void 0)) || (M = o.length); (N = o[M - 1]) && N.nodeType == 8;) M--;
						for (; M < o.length; M++) if (N = o[M]) {
							if (o[M] = null, j) {
								if (N == re) break;
							} else {
								if (N.nodeType != 8) break;
								N.data.startsWith(`$s`) && (re = ie(j = N));
							}
						}
					}
					if (!j) {
						for (; c && c.nodeType == 8 && c.nextSibling;) c = c.nextSibling;
						j = c;
					}
					(f = ie(j = n.__c.__z || (n.__c.__z = j))) ? (n.__e = j, c = f) : n.__e = c, c &&= c.nextSibling;
				} else o && o.some(v);
			} else n.__e = r.__e;
			n.__k ||= r.__k || [], t && t.then || ae(n), e.__e(t, n, r);
		}
	} else c = n.__e = oe(r.__e, n, r, i, a, o, s, l, u, t);
	return (f = e.diffed) && f(n), c;
}
function ie(e, t) {
	if (e && e.nodeType == 8 && e.data.startsWith(`$s`)) for (var n = 1; e = e.nextSibling;) {
		if (e.nodeType == 8) {
			if (e.data.startsWith(`$s`)) n++;
			else if (e.data.startsWith(`/$s`) && !--n) return e;
		}
		t && t.push(e);
	}
}
function ae(e) {
	e && (e.__c && (e.__c.__g |= 4), e.__k && e.__k.some(ae));
}
function M(t, n, r) {
	for (var i = 0; i < r.length;) N(r[i++], r[i++], r[i++]);
	e.__c && e.__c(n, t), t.some(function(n) {
		try {
			t = n.__h, n.__h = [], t.some(function(e) {
				e.call(n);
			});
		} catch (t) {
			e.__e(t, n.__v);
		}
	});
}
function oe(t, n, r, i, a, o, s, c, l, u) {
	var d, p, _, y, b, x, S, w, T = r.props || f, E = n.props, D = n.type;
	if (D == `svg` ? a = `http://www.w3.org/2000/svg` : D == `math` ? a = `http://www.w3.org/1998/Math/MathML` : a ||= `http://www.w3.org/1999/xhtml`, o) {
		for (d = 0; d < o.length; d++) if ((b = o[d]) && (D ? b.localName == D : b.nodeType == 3)) {
			t = b, o[d] = null;
			break;
		}
	}
	if (!t) {
		if (w = u.ownerDocument || document, !D) return w.createTextNode(E);
		t = w.createElementNS(a, D, E.is ? E : u), c &&= (e.__m && e.__m(n, o), !1), o = null;
	}
	if (D) {
		if (u = D == `template` && t.content || t, o = D == `textarea` && E.defaultValue != null ? null : o && g.call(u.childNodes), !c && o) for (T = {}, d = 0; d < t.attributes.length; d++) T[(b = t.attributes[d]).name] = b.value;
		for (d in T) b = T[d], d == `dangerouslySetInnerHTML` ? _ = b : d == `children` || d in E || d == `value` && `defaultValue` in E || d == `checked` && `defaultChecked` in E || A(t, d, null, b, a);
		for (d in E) b = E[d], d == `children` ? y = b : d == `dangerouslySetInnerHTML` ? p = b : d == `value` ? x = b : d == `checked` ? S = b : c && typeof b != `function` || T[d] === b || A(t, d, b, T[d], a);
		p ? (c || _ && (p.__html == _.__html || p.__html == t.innerHTML) || (t.innerHTML = p.__html), n.__k = []) : (_ && (t.textContent = ``), (D == `foreignObject` || a == `http://www.w3.org/1998/Math/MathML` && m.test(D)) && (a = `http://www.w3.org/1999/xhtml`), ee(u, h(y) ? y : [y], n, r, i, a, o, s, o ? o[0] : r.__k && C(r, 0), c, l), o && o.some(v)), c && D != `textarea` || (d = `value`, D == `progress` && x == null ? t.removeAttribute(d) : x == null || x === t[d] && (D != `progress` || x) || A(t, d, x, T[d], a), d = `checked`, S != null && S != t[d] && A(t, d, S, T[d], a));
	} else T === E || c && t.data == E || (t.data = E);
	return t;
}
function N(t, n, r, i) {
	try {
		typeof t == `function` ? n ? n.__x = t(n) || 1 : (i &&= i.__c || i.__e) && (n = i.__x) && (i.__x = null, typeof n == `function` ? n() : t(null)) : t.current = n;
	} catch (t) {
		e.__e(t, r);
	}
}
function se(t, n, r) {
	var i, a, o, s;
	if (e.unmount && e.unmount(t), !(i = t.ref) || i.current && i.current != t.__e || N(i, null, n, t), i = t.__c) {
		if (i.componentWillUnmount) try {
			i.componentWillUnmount();
		} catch (t) {
			e.__e(t, n);
		}
		i.__P = i.__n = null;
	}
	if (i = t.__k) for (s = 0; s < i.length; s++) i[s] && se(i[s], n, typeof t.type != `function` || r && !t.props.__P);
	!r && (i = t.__c) && (i = i.__z) && (a = ie(i, o = [])) && (i == t.__e && o.some(v), v(a), v(i)), r || v(t.__e), t.__e = t.__c = t.__ = null;
}
function ce(e, t, n) {
	return this.constructor(e, n);
}
function P(t, n) {
	var r, i, a, o;
	e.__ && e.__(t, n), n.nodeType == 9 && (n = n.documentElement), i = (r = t && 32 & t.__u) ? null : n.__k, n.__k = b(x, { children: [t] }), a = [], o = [], re(n, n.__k, i || f, f, n.namespaceURI, i ? null : n.firstChild ? g.call(n.childNodes) : null, a, i ? i.__e : n.firstChild, r, o), M(a, n.__k, o), n.__k.props.children = null;
}
e = { __e: function(e, t, n, r) {
	for (var i, o, s; t = t.__;) if ((i = t.__c) && !(1 & i.__g)) {
		i.__g |= 4;
		try {
			if ((s = (o = i.constructor) && o.getDerivedStateFromError) && i.setState(o.getDerivedStateFromError(e)), i.componentDidCatch && (i.componentDidCatch(e, r || {}), s = 1), s && 8 & i.__g) return void (i.__g |= 2);
		} catch (t) {
			e = t;
		}
	}
	throw a = 0, e;
} }, t = 0, n = function(e) {
	return e != null && e.constructor === d;
}, S.prototype.setState = function(e, t) {
	var n = this.__s;
	n && n != this.state || (n = this.__s = _({}, this.state)), typeof e == `function` && (e = e(_({}, n), this.props)), e && (_(n, e), this.__v && (t && this.__k.push(t), E(this)));
}, S.prototype.forceUpdate = function(e) {
	this.__v && (this.__g |= 4, e && this.__h.push(e), E(this));
}, S.prototype.render = x, r = [], a = 0, o = function(e, t) {
	return e.__v.__b - t.__v.__b;
}, s = Symbol(), c = /(PointerCapture)$|Capture$/i, l = 0, u = {};
var F, I, le, ue, de = Object.is, fe = 0, pe = [], me = [], L = e, he = L.__b, ge = L.__r, _e = L.diffed, ve = L.__c, ye = L.unmount, be = L.__;
function xe(e, t) {
	L.__h && L.__h(I, e, fe || t), fe = 0;
	var n = I.__H || (I.__H = {
		__: [],
		__h: []
	});
	return e >= n.__.length && n.__.push({}), n.__[e];
}
function Se(e) {
	return fe = 1, Ce(Ne, e);
}
function Ce(e, t, n) {
	var r = xe(F++, 2);
	if (r.t = e, !r.__c && (r.__ = [n ? n(t) : Ne(void 0, t), function(e) {
		var t = (r.__N || r.__)[0], n = r.t(t, e);
		de(t, n) || (r.__N = [n, r.__[1]], r.__c.setState({}));
	}], r.__c = I, !I.__f)) {
		I.__f = !0;
		var i = I.shouldComponentUpdate;
		I.shouldComponentUpdate = function(e, t, n) {
			var r = this.__H;
			if (!r) return !0;
			var a = !1, o = this.props != e;
			if (r.__.some(function(e) {
				e.__N && (a = !0, de(e.__[0], e.__N[0]) || (o = !0));
			}), i) {
				var s = i.call(this, e, t, n);
				return a ? s || o : s;
			}
			return !a || o;
		};
	}
	return r.__;
}
function we(e, t) {
	var n = xe(F++, 3);
	!L.__s && Me(n.__H, t) && (n.__P = !0, n.__ = e, n.u = t, I.__H.__h.push(n));
}
function Te(e, t) {
	var n = xe(F++, 4);
	!L.__s && Me(n.__H, t) && (n.__P = !1, n.__ = e, n.u = t, I.__h.push(n));
}
function Ee(e) {
	return fe = 5, R(function() {
		return { current: e };
	}, []);
}
function R(e, t) {
	var n = xe(F++, 7);
	return Me(n.__H, t) && (n.__ = e(), n.__H = t), n.__;
}
function De() {
	var e;
	do {
		for (; e = me.shift();) try {
			z(e);
		} catch (t) {
			L.__e(t, { __: (e = e.__P) && e.__v });
		}
		for (; e = pe.shift();) {
			var t = e.__H;
			if (e.__P && t) try {
				t.__h.some(z), t.__h.some(je), t.__h = [];
			} catch (n) {
				t.__h = [], L.__e(n, e.__v);
			}
		}
	} while (me.length);
}
L.__b = function(e) {
	I = null, he && he(e);
}, L.__ = function(e, t) {
	e && t.__k && t.__k.__m && (e.__m = t.__k.__m), be && be(e, t);
}, L.__r = function(e) {
	ge && ge(e), F = 0;
	var t = (I = e.__c).__H;
	t && (le == I ? I.__h = [] : (t.__h.some(z), t.__h.some(je), F = 0), t.__h = [], t.__.some(function(e) {
		e.__N && (e.__ = e.__N), e.u = e.__N = void 0;
	})), le = I;
}, L.diffed = function(e) {
	_e && _e(e);
	var t = e.__c;
	t && t.__H && (t.__H.__h.length && Ae(pe.push(t)), t.__H.__.some(function(e) {
		e.u && (e.__H = e.u);
	})), le = I = null;
}, L.__c = function(e, t) {
	t.some(function(e) {
		try {
			e.__h.some(z), e.__h = e.__h.filter(function(e) {
				return !e.__ || je(e);
			});
		} catch (t) {
			e.__h = [function() {
				throw t;
			}];
		}
	}), ve && ve(e, t);
}, L.unmount = function(e) {
	ye && ye(e);
	var t, n, r = e.__c;
	r && r.__H && (r.__H.__.some(function(r) {
		try {
			if (r.__P && r.__c) {
				if (n === void 0) {
					for (n = e.__; n && (!n.__c || !n.__c.__P);) n = n.__;
					n &&= n.__c;
				}
				r.__P = n, Ae(me.push(r));
			} else z(r);
		} catch (e) {
			t = e;
		}
	}), r.__H = void 0, t && L.__e(t, r.__v));
};
var Oe = typeof requestAnimationFrame == `function`;
function ke(e) {
	var t, n = function() {
		clearTimeout(r), Oe && cancelAnimationFrame(t), setTimeout(e);
	}, r = setTimeout(n, 35);
	Oe && (t = requestAnimationFrame(n));
}
function Ae(e) {
	e != 1 && ue == L.requestAnimationFrame || ((ue = L.requestAnimationFrame) || ke)(De);
}
function z(e) {
	var t = I, n = e.__c;
	typeof n == `function` && (e.__c = void 0, n()), I = t;
}
function je(e) {
	var t = I;
	e.__c = e.__(), I = t;
}
function Me(e, t) {
	return !e || e.length != t.length || t.some(function(t, n) {
		return !de(t, e[n]);
	});
}
function Ne(e, t) {
	return typeof t == `function` ? t(e) : t;
}
var Pe = Symbol.for(`preact-signals`);
function Fe() {
	if (H > 1) H--;
	else {
		var e, t = !1;
		for ((function() {
			var e = He;
			for (He = void 0; e !== void 0;) {
				var t = e.S;
				if (t.v === e.v) for (var n = t.t; n !== void 0; n = n.x) n.i === e.i && (n.i = t.i);
				e = e.o;
			}
		})(); Re !== void 0;) {
			var n = Re;
			for (Re = void 0, ze++; n !== void 0;) {
				var r = n.u;
				if (n.u = void 0, n.f &= -3, !(8 & n.f) && Ke(n)) try {
					n.c();
				} catch (n) {
					t ||= (e = n, !0);
				}
				n = r;
			}
		}
		if (ze = 0, H--, t) throw e;
	}
}
function Ie(e) {
	if (H > 0) return e();
	Ve = ++Be, H++;
	try {
		return e();
	} finally {
		Fe();
	}
}
var B, V = void 0;
function Le(e) {
	var t = V, n = B;
	V = void 0, B = void 0;
	try {
		return e();
	} finally {
		V = t, B = n;
	}
}
var Re = void 0, H = 0, ze = 0, Be = 0, Ve = 0, He = void 0, Ue = 0;
function We(e) {
	if (V !== void 0) {
		var t = e.n;
		if (t === void 0 || t.t !== V) return t = {
			i: 0,
			S: e,
			p: V.s,
			n: void 0,
			t: V,
			e: void 0,
			x: void 0,
			r: t
		}, V.s !== void 0 && (V.s.n = t), V.s = t, e.n = t, 32 & V.f && e.S(t), t;
		if (t.i === -1) return t.i = 0, t.n !== void 0 && (t.n.p = t.p, t.p !== void 0 && (t.p.n = t.n), t.p = V.s, t.n = void 0, V.s.n = t, V.s = t), t;
	}
}
function U(e, t) {
	this.v = e, this.i = 0, this.n = void 0, this.t = void 0, this.l = 0, this.W = t?.watched, this.Z = t?.unwatched, this.name = t?.name;
}
U.prototype.brand = Pe, U.prototype.h = function() {
	return !0;
}, U.prototype.S = function(e) {
	var t = this, n = this.t;
	n !== e && e.e === void 0 && (e.x = n, this.t = e, n === void 0 ? Le(function() {
		var e;
		(e = t.W) == null || e.call(t);
	}) : n.e = e);
}, U.prototype.U = function(e) {
	var t = this;
	if (this.t !== void 0) {
		var n = e.e, r = e.x;
		n !== void 0 && (n.x = r, e.e = void 0), r !== void 0 && (r.e = n, e.x = void 0), e === this.t && (this.t = r, r === void 0 && Le(function() {
			var e;
			(e = t.Z) == null || e.call(t);
		}));
	}
}, U.prototype.subscribe = function(e) {
	var t = this;
	return K(function() {
		var n = t.value;
		Le(function() {
			return e(n);
		});
	}, { name: `sub` });
}, U.prototype.valueOf = function() {
	return this.value;
}, U.prototype.toString = function() {
	return this.value + ``;
}, U.prototype.toJSON = function() {
	return this.value;
}, U.prototype.peek = function() {
	var e = this;
	return Le(function() {
		return e.value;
	});
}, Object.defineProperty(U.prototype, "value", {
	get: function() {
		var e = We(this);
		return e !== void 0 && (e.i = this.i), this.v;
	},
	set: function(e) {
		if (e !== this.v) {
			if (ze > 100) throw Error(`Cycle detected`);
			(function(e) {
				H !== 0 && ze === 0 && e.l !== Ve && (e.l = Ve, He = {
					S: e,
					v: e.v,
					i: e.i,
					o: He
				});
			})(this), this.v = e, this.i++, Ue++, H++;
			try {
				for (var t = this.t; t !== void 0; t = t.x) t.t.N();
			} finally {
				Fe();
			}
		}
	}
});
function Ge(e, t) {
	return new U(e, t);
}
function Ke(e) {
	for (var t = e.s; t !== void 0; t = t.n) if (t.S.i !== t.i || !t.S.h() || t.S.i !== t.i) return !0;
	return !1;
}
function qe(e) {
	for (var t = e.s; t !== void 0; t = t.n) {
		var n = t.S.n;
		if (n !== void 0 && (t.r = n), t.S.n = t, t.i = -1, t.n === void 0) {
			e.s = t;
			break;
		}
	}
}
function Je(e) {
	for (var t = e.s, n = void 0; t !== void 0;) {
		var r = t.p;
		t.i === -1 ? (t.S.U(t), r !== void 0 && (r.n = t.n), t.n !== void 0 && (t.n.p = r)) : n = t, t.S.n = t.r, t.r !== void 0 && (t.r = void 0), t = r;
	}
	e.s = n;
}
function W(e, t) {
	U.call(this, void 0, t), this.x = e, this.s = void 0, this.g = Ue - 1, this.f = 4;
}
W.prototype = new U(), W.prototype.h = function() {
	if (this.f &= -3, 1 & this.f) return !1;
	if ((36 & this.f) == 32 || (this.f &= -5, this.g === Ue)) return !0;
	if (this.g = Ue, this.f |= 1, this.i > 0 && !Ke(this)) return this.f &= -2, !0;
	var e = V;
	try {
		qe(this), V = this;
		var t = this.x();
		(16 & this.f || this.v !== t || this.i === 0) && (this.v = t, this.f &= -17, this.i++);
	} catch (e) {
		this.v = e, this.f |= 16, this.i++;
	}
	return V = e, Je(this), this.f &= -2, !0;
}, W.prototype.S = function(e) {
	if (this.t === void 0) {
		this.f |= 36;
		for (var t = this.s; t !== void 0; t = t.n) t.S.S(t);
	}
	U.prototype.S.call(this, e);
}, W.prototype.U = function(e) {
	if (this.t !== void 0 && (U.prototype.U.call(this, e), this.t === void 0)) {
		this.f &= -33;
		for (var t = this.s; t !== void 0; t = t.n) t.S.U(t);
	}
}, W.prototype.N = function() {
	if (!(2 & this.f)) {
		this.f |= 6;
		for (var e = this.t; e !== void 0; e = e.x) e.t.N();
	}
}, Object.defineProperty(W.prototype, "value", { get: function() {
	if (1 & this.f) throw Error(`Cycle detected`);
	var e = We(this);
	if (this.h(), e !== void 0 && (e.i = this.i), 16 & this.f) throw this.v;
	return this.v;
} });
function Ye(e, t) {
	return new W(e, t);
}
function Xe(e) {
	var t = e.j;
	if (e.j = void 0, typeof t == `function`) {
		H++;
		var n = V;
		V = void 0;
		try {
			t();
		} catch (t) {
			throw e.f &= -2, e.f |= 8, Ze(e), t;
		} finally {
			V = n, Fe();
		}
	}
}
function Ze(e) {
	for (var t = e.s; t !== void 0; t = t.n) t.S.U(t);
	e.x = void 0, e.s = void 0, Xe(e);
}
function Qe(e) {
	if (V !== this) throw Error(`Out-of-order effect`);
	Je(this), V = e, this.f &= -2;
	try {
		8 & this.f && Ze(this);
	} finally {
		Fe();
	}
}
function G(e, t) {
	this.x = e, this.j = void 0, this.s = void 0, this.u = void 0, this.f = 32, this.name = t?.name, B && B.push(this);
}
G.prototype.c = function() {
	var e = this.S();
	try {
		if (8 & this.f || this.x === void 0) return;
		var t = this.x();
		typeof t == `function` && (this.j = t);
	} finally {
		e();
	}
}, G.prototype.S = function() {
	if (1 & this.f) throw Error(`Cycle detected`);
	this.f |= 1, this.f &= -9, Xe(this), qe(this), H++;
	var e = V;
	return V = this, Qe.bind(this, e);
}, G.prototype.N = function() {
	2 & this.f || (this.f |= 2, this.u = Re, Re = this);
}, G.prototype.d = function() {
	this.f |= 8, 1 & this.f || Ze(this);
}, G.prototype.dispose = function() {
	this.d();
};
function K(e, t) {
	var n = new G(e, t);
	try {
		n.c();
	} catch (e) {
		throw n.d(), e;
	}
	var r = n.d.bind(n);
	return r[Symbol.dispose] = r, r;
}
var $e, et, tt, nt = typeof window < `u` && !!window.__PREACT_SIGNALS_DEVTOOLS__, rt = [];
K(function() {
	$e = this.N;
})();
function q(t, n) {
	e[t] = n.bind(null, e[t] || function() {});
}
function it(e) {
	if (tt) {
		var t = tt;
		tt = void 0, t();
	}
	tt = e && e.S();
}
function at(e) {
	var t = this, r = e.data, i = st(r);
	i.name = `ReactiveDom`, i.value = r;
	var a = R(function() {
		for (var e = t, r = t.__v; r = r.__;) if (r.__c) {
			r.__c.__$f |= 4;
			break;
		}
		var a = Ye(function() {
			var e = i.value.value;
			return e === 0 ? 0 : !0 === e ? `` : e || ``;
		}), o = Ye(function() {
			return !Array.isArray(a.value) && !n(a.value);
		}), s = K(function() {
			if (this.N = dt, o.value) {
				var t = a.value;
				e.__v && e.__v.__e && e.__v.__e.nodeType === 3 && (e.__v.__e.data = t);
			}
		}), c = t.__$u.d;
		return t.__$u.d = function() {
			s(), c.call(this);
		}, [o, a];
	}, []), o = a[0], s = a[1];
	return o.value ? s.peek() : s.value;
}
at.displayName = `ReactiveTextNode`, Object.defineProperties(U.prototype, {
	constructor: {
		configurable: !0,
		value: y(x, null).constructor
	},
	type: {
		configurable: !0,
		value: at
	},
	props: {
		configurable: !0,
		get: function() {
			var e = this;
			return { data: { get value() {
				return e.value;
			} } };
		}
	},
	__b: {
		configurable: !0,
		value: 1
	}
}), q(`__b`, function(e, t) {
	if (it(), et = void 0, typeof t.type == `string`) {
		var n, r = t.props;
		for (var i in r) if (i !== `children`) {
			var a = r[i];
			a instanceof U && (n || (t.__np = n = {}), n[i] = a, r[i] = a.peek());
		}
	}
	e(t);
}), q(`__r`, function(e, t) {
	if (e(t), t.type !== x) {
		it();
		var n, r = t.__c;
		r && (r.__$f &= -2, (n = r.__$u) === void 0 && (r.__$u = n = function(e, t) {
			var n;
			return K(function() {
				n = this;
			}, { name: t }), n.c = e, n;
		}(function(e) {
			return function() {
				var t;
				nt && ((t = this.y) == null || t.call(this)), e.__$f |= 1, e.setState({});
			};
		}(r), typeof t.type == `function` ? t.type.displayName || t.type.name : ``))), et = r, it(n);
	}
}), q(`__e`, function(e, t, n, r) {
	it(), et = void 0, e(t, n, r);
}), q(`diffed`, function(e, t) {
	it(), et = void 0;
	var n;
	if (typeof t.type == `string` && (n = t.__e)) {
		var r = t.__np, i = t.props, a = n.U;
		if (a) for (var o in a) {
			var s = a[o];
			s === void 0 || r && o in r || (s.d(), a[o] = void 0);
		}
		if (r) for (var c in a || (a = {}, n.U = a), r) {
			var l = a[c], u = r[c];
			l === void 0 ? (l = ot(n, c, u, i), a[c] = l) : l.o(u, i);
		}
	}
	e(t);
});
function ot(e, t, n, r) {
	var i = t in e && e.ownerSVGElement === void 0, a = Ge(n);
	return {
		o: function(e, t) {
			a.value = e, r = t;
		},
		d: K(function() {
			this.N = dt;
			var n = a.value.value;
			r[t] !== n && (r[t] = n, i ? e[t] = n : n != null && (!1 !== n || t[4] === `-`) ? e.setAttribute(t, n) : e.removeAttribute(t));
		})
	};
}
q(`unmount`, function(e, t) {
	if (typeof t.type == `string`) {
		var n = t.__e;
		if (n) {
			var r = n.U;
			if (r) for (var i in n.U = void 0, r) {
				var a = r[i];
				a && a.d();
			}
		}
		var o = t.__np;
		if (o) {
			var s = t.props;
			for (var c in o) s[c] = o[c];
		}
		t.__np = void 0;
	} else {
		var l = t.__c;
		if (l) {
			l.__$f |= 8;
			var u = l.__$u;
			u && (l.__$u = void 0, u.d());
		}
	}
	e(t);
}), q(`__h`, function(e, t, n, r) {
	r < 3 && (t.__$f |= 2), e(t, n, r);
}), S.prototype.shouldComponentUpdate = function(e, t) {
	if (this.__R) return !0;
	var n = this.__$u, r = n && n.s !== void 0;
	for (var i in t) return !0;
	if (this.__f || typeof this.u == `boolean` && !0 === this.u) {
		var a = 2 & this.__$f;
		if (!(r || a || 4 & this.__$f) || 1 & this.__$f) return !0;
	} else if (!(r || 4 & this.__$f) || 3 & this.__$f) return !0;
	for (var o in e) if (o !== `__source` && e[o] !== this.props[o]) return !0;
	for (var s in this.props) if (!(s in e)) return !0;
	return !1;
};
function st(e, t) {
	return R(function() {
		return Ge(e, t);
	}, []);
}
function ct(e, t) {
	var n = Ee(e);
	return n.current = e, et.__$f |= 4, R(function() {
		return Ye(function() {
			return n.current();
		}, t);
	}, []);
}
var lt = function(e) {
	queueMicrotask(function() {
		queueMicrotask(e);
	});
};
function ut() {
	Ie(function() {
		for (var e; e = rt.shift();) $e.call(e);
	});
}
function dt() {
	rt.push(this) === 1 && (e.requestAnimationFrame || lt)(ut);
}
var ft = Symbol.for(`pv`), pt = 0;
Array.isArray;
function mt(t, n, r, i, a, o) {
	n ||= {};
	var s, c, l = n;
	if (`ref` in l && typeof t != `function`) for (c in l = {}, n) c == `ref` ? s = n[c] : l[c] = n[c];
	var u = {
		type: t,
		props: l,
		key: r,
		ref: s,
		__k: null,
		__: null,
		__b: 0,
		__e: null,
		__c: null,
		constructor: ft,
		__v: --pt,
		__i: -1,
		__u: 0
	};
	return (a || o) && (u.__source = a, u.__self = o), e.vnode && e.vnode(u), u;
}
var ht = (e) => {
	switch (e) {
		case 1: return 3;
		case 2: return 4;
		case 3: return 5;
		case 4: return 6;
		case 5: return 7;
		default: return 8;
	}
}, gt = 24;
function _t(e) {
	let t = new Uint32Array(gt);
	return t[0] = 1, {
		renderer: e,
		text: ``,
		pending: ``,
		tokens: t,
		len: 0,
		token: 1,
		fence_end: 0,
		blockquote_idx: 0,
		hr_char: ``,
		hr_chars: 0,
		fence_start: 0,
		spaces: new Uint8Array(gt),
		indent: ``,
		indent_len: 0,
		table_state: 0
	};
}
function J(e) {
	e.text.length !== 0 && (console.assert(e.len > 0, `Never adding text to root`), e.renderer.add_text(e.renderer.data, e.text), e.text = ``);
}
function Y(e) {
	console.assert(e.len > 0, `No nodes to end`), --e.len, e.token = e.tokens[e.len], e.renderer.end_token(e.renderer.data);
}
function X(e, t) {
	(e.tokens[e.len] === 24 || e.tokens[e.len] === 23) && t !== 25 && Y(e), e.len += 1, e.tokens[e.len] = t, e.token = t, e.renderer.add_token(e.renderer.data, t);
}
function vt(e, t, n) {
	for (; n <= e.len;) {
		if (e.tokens[n] === t) return n;
		n += 1;
	}
	return -1;
}
function Z(e, t) {
	for (e.fence_start = 0; e.len > t;) Y(e);
}
function yt(e, t) {
	let n = 0;
	for (let r = 0; r <= e.len && (t -= e.spaces[r], !(t < 0)); r += 1) switch (e.tokens[r]) {
		case 9:
		case 10:
		case 20:
		case 25: n = r;
	}
	for (; e.len > n;) Y(e);
	return t;
}
function bt(e, t) {
	let n = -1, r = -1;
	for (let i = e.blockquote_idx + 1; i <= e.len; i += 1) if (e.tokens[i] === 25) {
		if (e.indent_len < e.spaces[i]) {
			r = -1;
			break;
		}
		r = i;
	} else e.tokens[i] === t && (n = i);
	return r === -1 ? n === -1 ? (Z(e, e.blockquote_idx), X(e, t), !0) : (Z(e, n), !1) : (Z(e, r), X(e, t), !0);
}
function xt(e, t) {
	X(e, 25), e.spaces[e.len] = e.indent_len + t, Q(e), e.token = 103;
}
function Q(e) {
	e.indent = ``, e.indent_len = 0, e.pending = ``;
}
function St(e) {
	switch (e) {
		case 48:
		case 49:
		case 50:
		case 51:
		case 52:
		case 53:
		case 54:
		case 55:
		case 56:
		case 57: return !0;
		default: return !1;
	}
}
function Ct(e) {
	switch (e) {
		case 32:
		case 58:
		case 59:
		case 41:
		case 44:
		case 33:
		case 46:
		case 63:
		case 93:
		case 10: return !0;
		default: return !1;
	}
}
function wt(e) {
	return St(e) || Ct(e);
}
function $(e, t) {
	for (let n of t) {
		if (e.token === 101) {
			switch (n) {
				case ` `:
					e.indent_len += 1;
					continue;
				case `	`:
					e.indent_len += 4;
					continue;
			}
			let t = yt(e, e.indent_len);
			e.indent_len = 0, e.token = e.tokens[e.len], t > 0 && $(e, ` `.repeat(t));
		}
		let t = e.pending + n;
		switch (e.token) {
			case 21:
			case 1:
			case 20:
			case 24:
			case 23:
				switch (console.assert(e.text.length === 0, `Root should not have any text`), e.pending[0]) {
					case void 0:
						e.pending = n;
						continue;
					case ` `:
						console.assert(e.pending.length === 1), e.pending = n, e.indent += ` `, e.indent_len += 1;
						continue;
					case `	`:
						console.assert(e.pending.length === 1), e.pending = n, e.indent += `	`, e.indent_len += 4;
						continue;
					case `
`:
						if (console.assert(e.pending.length === 1), e.tokens[e.len] === 25 && e.token === 21) {
							Y(e), Q(e), e.pending = n;
							continue;
						}
						Z(e, e.blockquote_idx), Q(e), e.blockquote_idx = 0, e.fence_start = 0, e.pending = n;
						continue;
					case `#`:
						switch (n) {
							case `#`:
								if (e.pending.length < 6) {
									e.pending = t;
									continue;
								}
								break;
							case ` `:
								yt(e, e.indent_len), X(e, ht(e.pending.length)), Q(e);
								continue;
						}
						break;
					case `>`: {
						let t = vt(e, 20, e.blockquote_idx + 1);
						t === -1 ? (Z(e, e.blockquote_idx), e.blockquote_idx += 1, e.fence_start = 0, X(e, 20)) : e.blockquote_idx = t, Q(e), e.pending = n;
						continue;
					}
					case `-`:
					case `*`:
					case `_`:
						if (e.hr_chars === 0 && (console.assert(e.pending.length === 1, `Pending should be one character`), e.hr_chars = 1, e.hr_char = e.pending), e.hr_chars > 0) {
							switch (n) {
								case e.hr_char:
									e.hr_chars += 1, e.pending = t;
									continue;
								case ` `:
									e.pending = t;
									continue;
								case `
`:
									if (e.hr_chars < 3) break;
									yt(e, e.indent_len), e.renderer.add_token(e.renderer.data, 22), e.renderer.end_token(e.renderer.data), Q(e), e.hr_chars = 0;
									continue;
							}
							e.hr_chars = 0;
						}
						if (e.pending[0] !== `_` && e.pending[1] === ` `) {
							bt(e, 23), xt(e, 2), $(e, t.slice(2));
							continue;
						}
						break;
					case "`":
						if (e.pending.length < 3) {
							if (n === "`") {
								e.pending = t, e.fence_start = t.length;
								continue;
							}
							e.fence_start = 0;
							break;
						}
						switch (n) {
							case "`":
								e.pending.length === e.fence_start ? (e.pending = t, e.fence_start = t.length) : (X(e, 2), Q(e), e.fence_start = 0, $(e, t));
								continue;
							case `
`:
								yt(e, e.indent_len), X(e, 10), e.pending.length > e.fence_start && e.renderer.set_attr(e.renderer.data, 4, e.pending.slice(e.fence_start)), Q(e), e.token = 101;
								continue;
							default:
								e.pending = t;
								continue;
						}
					case `+`:
						if (n !== ` `) break;
						bt(e, 23), xt(e, 2);
						continue;
					case `0`:
					case `1`:
					case `2`:
					case `3`:
					case `4`:
					case `5`:
					case `6`:
					case `7`:
					case `8`:
					case `9`:
						if (e.pending[e.pending.length - 1] === `.`) {
							if (n !== ` `) break;
							bt(e, 24) && e.pending !== `1.` && e.renderer.set_attr(e.renderer.data, 16, e.pending.slice(0, -1)), xt(e, e.pending.length + 1);
							continue;
						}
						{
							let r = n.charCodeAt(0);
							if (r === 46 || St(r)) {
								e.pending = t;
								continue;
							}
						}
						break;
					case `|`:
						Z(e, e.blockquote_idx), X(e, 27), X(e, 28), e.pending = ``, $(e, n);
						continue;
				}
				let r = t;
				if (e.token === 21) e.token = e.tokens[e.len], e.renderer.add_token(e.renderer.data, 21), e.renderer.end_token(e.renderer.data);
				else if (e.indent_len >= 4) {
					let n = 0;
					for (; n < 4; n += 1) if (e.indent[n] === `	`) {
						n += 1;
						break;
					}
					r = e.indent.slice(n) + t, X(e, 9);
				} else X(e, 2);
				Q(e), $(e, r);
				continue;
			case 27:
				if (e.table_state === 1) switch (n) {
					case `-`:
					case ` `:
					case `|`:
					case `:`:
						e.pending = t;
						continue;
					case `
`:
						e.table_state = 2, e.pending = ``;
						continue;
					default: Y(e), e.table_state = 0;
				}
				else switch (e.pending) {
					case `|`:
						X(e, 28), e.pending = ``, $(e, n);
						continue;
					case `
`:
						Y(e), e.pending = ``, e.table_state = 0, $(e, n);
						continue;
				}
				break;
			case 28:
				switch (e.pending) {
					case ``: break;
					case `|`:
						X(e, 29), Y(e), e.pending = ``, $(e, n);
						continue;
					case `
`:
						Y(e), e.table_state = Math.min(e.table_state + 1, 2), e.pending = ``, $(e, n);
						continue;
					default:
						X(e, 29), $(e, n);
						continue;
				}
				break;
			case 29:
				if (e.pending === `|`) {
					J(e), Y(e), e.pending = ``, $(e, n);
					continue;
				}
				break;
			case 9: switch (t) {
				case `
    `:
				case `
   	`:
				case `
  	`:
				case `
 	`:
				case `
	`:
					e.text += `
`, e.pending = ``;
					continue;
				case `
`:
				case `
 `:
				case `
  `:
				case `
   `:
					e.pending = t;
					continue;
				default:
					e.pending.length === 0 ? e.text += n : (J(e), Y(e), e.pending = n);
					continue;
			}
			case 10:
				switch (n) {
					case "`":
						e.pending = t;
						continue;
					case `
`:
						if (t.length === e.fence_start + e.fence_end + 1) {
							J(e), Y(e), e.pending = ``, e.fence_start = 0, e.fence_end = 0, e.token = 101;
							continue;
						}
						e.token = 101;
						break;
					case ` `: if (e.pending[0] === `
`) {
						e.pending = t, e.fence_end += 1;
						continue;
					}
				}
				e.text += e.pending, e.pending = n, e.fence_end = 1;
				continue;
			case 11: switch (n) {
				case "`":
					t.length === e.fence_start + Number(e.pending[0] === ` `) ? (J(e), Y(e), e.pending = ``, e.fence_start = 0) : e.pending = t;
					continue;
				case `
`:
					e.text += e.pending, e.pending = ``, e.token = 21, e.blockquote_idx = 0, J(e);
					continue;
				case ` `:
					e.text += e.pending, e.pending = n;
					continue;
				default:
					e.text += t, e.pending = ``;
					continue;
			}
			case 103:
				switch (e.pending.length) {
					case 0:
						if (n !== `[`) break;
						e.pending = t;
						continue;
					case 1:
						if (n !== ` ` && n !== `x`) break;
						e.pending = t;
						continue;
					case 2:
						if (n !== `]`) break;
						e.pending = t;
						continue;
					case 3:
						if (n !== ` `) break;
						e.renderer.add_token(e.renderer.data, 26), e.pending[1] === `x` && e.renderer.set_attr(e.renderer.data, 8, ``), e.renderer.end_token(e.renderer.data), e.pending = ` `;
						continue;
				}
				e.token = e.tokens[e.len], e.pending = ``, $(e, t);
				continue;
			case 14:
			case 15: {
				let t = `*`, r = 12;
				if (e.token === 15 && (t = `_`, r = 13), t === e.pending) {
					if (J(e), t === n) {
						Y(e), e.pending = ``;
						continue;
					}
					X(e, r), e.pending = n;
					continue;
				}
				break;
			}
			case 12:
			case 13: {
				let r = `*`, i = 14;
				switch (e.token === 13 && (r = `_`, i = 15), e.pending) {
					case r:
						r === n ? e.tokens[e.len - 1] === i ? e.pending = t : (J(e), X(e, i), e.pending = ``) : (J(e), Y(e), e.pending = n);
						continue;
					case r + r:
						let a = e.token;
						J(e), Y(e), Y(e), r === n ? e.pending = `` : (X(e, a), e.pending = n);
						continue;
				}
				break;
			}
			case 16:
				if (t === `~~`) {
					J(e), Y(e), e.pending = ``;
					continue;
				}
				break;
			case 105:
				n === `
` ? (J(e), X(e, 30), e.pending = ``) : (e.token = e.tokens[e.len], e.pending[0] === `\\` ? e.text += `[` : e.text += `$$`, e.pending = ``, $(e, n));
				continue;
			case 30:
				if (t === `\\]` || t === `$$`) {
					J(e), Y(e), e.pending = ``;
					continue;
				}
				break;
			case 31:
				if (t === `\\)` || e.pending[0] === `$`) {
					J(e), Y(e), e.pending = n === `)` ? `` : n;
					continue;
				}
				break;
			case 102:
				t === `http://` || t === `https://` ? (J(e), X(e, 18), e.pending = t, e.text = t) : `http:/`[e.pending.length] === n || `https:/`[e.pending.length] === n ? e.pending = t : (e.token = e.tokens[e.len], $(e, n));
				continue;
			case 17:
			case 19:
				if (e.pending === `]`) {
					J(e), n === `(` ? e.pending = t : (Y(e), e.pending = n);
					continue;
				}
				if (e.pending[0] === `]` && e.pending[1] === `(`) {
					if (n === `)`) {
						let t = e.token === 17 ? 1 : 2, n = e.pending.slice(2);
						e.renderer.set_attr(e.renderer.data, t, n), Y(e), e.pending = ``;
					} else e.pending += n;
					continue;
				}
				break;
			case 18:
				n === ` ` || n === `
` || n === `\\` ? (e.renderer.set_attr(e.renderer.data, 1, e.pending), J(e), Y(e), e.pending = n) : (e.text += n, e.pending = t);
				continue;
			case 104:
				if (t.startsWith(`<br`)) {
					if (t.length === 3 || n === ` ` || n === `/` && (t.length === 4 || e.pending[e.pending.length - 1] === ` `)) {
						e.pending = t;
						continue;
					}
					if (n === `>`) {
						J(e), e.token = e.tokens[e.len], e.renderer.add_token(e.renderer.data, 21), e.renderer.end_token(e.renderer.data), e.pending = ``;
						continue;
					}
				}
				e.token = e.tokens[e.len], e.text += `<`, e.pending = e.pending.slice(1), $(e, n);
				continue;
		}
		switch (e.pending[0]) {
			case `\\`:
				if (e.token === 19 || e.token === 30 || e.token === 31) break;
				switch (n) {
					case `(`:
						J(e), X(e, 31), e.pending = ``;
						continue;
					case `[`:
						e.token = 105, e.pending = t;
						continue;
					case `
`:
						e.pending = n;
						continue;
					default:
						let r = n.charCodeAt(0);
						e.pending = ``, e.text += St(r) || r >= 65 && r <= 90 || r >= 97 && r <= 122 ? t : n;
						continue;
				}
			case `
`:
				switch (e.token) {
					case 19:
					case 30:
					case 31: break;
					case 3:
					case 4:
					case 5:
					case 6:
					case 7:
					case 8:
						J(e), Z(e, e.blockquote_idx), e.blockquote_idx = 0, e.pending = n;
						continue;
					default:
						J(e), e.pending = n, e.token = 21, e.blockquote_idx = 0;
						continue;
				}
				break;
			case `<`:
				if (e.token !== 19 && e.token !== 30 && e.token !== 31) {
					J(e), e.pending = t, e.token = 104;
					continue;
				}
				break;
			case "`":
				if (e.token === 19) break;
				n === "`" ? (e.fence_start += 1, e.pending = t) : (e.fence_start += 1, J(e), X(e, 11), e.text = n === ` ` || n === `
` ? `` : n, e.pending = ``);
				continue;
			case `_`:
			case `*`: {
				if (e.token === 19 || e.token === 30 || e.token === 31 || e.token === 14) break;
				let r = 12, i = 14, a = e.pending[0];
				if (a === `_` && (r = 13, i = 15), e.pending.length === 1) {
					if (a === n) {
						e.pending = t;
						continue;
					}
					if (n !== ` ` && n !== `
`) {
						J(e), X(e, r), e.pending = n;
						continue;
					}
				} else {
					if (a === n) {
						J(e), X(e, i), X(e, r), e.pending = ``;
						continue;
					}
					if (n !== ` ` && n !== `
`) {
						J(e), X(e, i), e.pending = n;
						continue;
					}
				}
				break;
			}
			case `~`:
				if (e.token !== 19 && e.token !== 16) {
					if (e.pending === `~`) {
						if (n === `~`) {
							e.pending = t;
							continue;
						}
					} else if (n !== ` ` && n !== `
`) {
						J(e), X(e, 16), e.pending = n;
						continue;
					}
				}
				break;
			case `$`:
				if (e.token !== 19 && e.token !== 16 && e.pending === `$`) {
					if (n === `$`) {
						e.token = 105, e.pending = t;
						continue;
					}
					if (wt(n.charCodeAt(0))) break;
					J(e), X(e, 31), e.pending = n;
					continue;
				}
				break;
			case `[`:
				if (e.token !== 19 && e.token !== 17 && e.token !== 30 && e.token !== 31 && n !== `]`) {
					J(e), X(e, 17), e.pending = n;
					continue;
				}
				break;
			case `!`:
				if (e.token !== 19 && n === `[`) {
					J(e), X(e, 19), e.pending = ``;
					continue;
				}
				break;
			case ` `: if (e.pending.length === 1 && n === ` `) continue;
		}
		e.token !== 19 && e.token !== 17 && e.token !== 30 && e.token !== 31 && n === `h` && (e.pending === ` ` || e.pending === ``) ? (e.text += e.pending, e.pending = n, e.token = 102) : (e.text += e.pending, e.pending = n);
	}
	J(e);
}
export { S as _, st as a, K as c, Te as d, Ee as f, P as g, x as h, ct as i, Ge as l, R as m, $ as n, Ye as o, Se as p, mt as r, Ie as s, _t as t, we as u };
