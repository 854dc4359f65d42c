// Preact and htm come as classic scripts before any module: their modules would need an import map,
// which can only be inline, which the pages' policy forbids.
export const { h, render, Fragment } = window.preact;
export const { useEffect, useLayoutEffect, useRef, useState, useCallback, useId } = window.preactHooks;
export const html = window.htm.bind(h);
