import { SwitchboardError } from '../error.ts';
import type { DeviceAsk, QrLogin } from '../model.ts';
import { guard } from './listeners.ts';
import type { Answer, AnswerWith } from './objects.ts';
import { answer, need, refusal } from './session.ts';

/** What the callback of generateQrCode gets. */
export interface QrResult extends Answer {
  username?: string;
  password?: string;
}

let shown: QrLogin | undefined;

/**
 * Draws a code by which a signed-in device can sign this page in, with the
 * logo in its middle. Elements are given by id or themselves. A code that
 * expires unused is replaced. The callback gets this page's own credential for
 * connect(), or why there is none.
 */
export function generateQrCode(
  DOM_ELEMENT_ID: string | Element,
  LOGO_ELEMENT_ID: string | Element | null | undefined,
  SIGNAL_SERVER_URL: string | null | undefined,
  cb: (result: QrResult) => void,
): Promise<Answer> {
  return answer(async ({ board }) => {
    if (typeof cb !== 'function') throw new SwitchboardError(400, 'a callback is needed', 'argument-invalid');
    const element = find(DOM_ELEMENT_ID);
    if (!element) throw new SwitchboardError(400, 'DOM_ELEMENT_ID names no element', 'argument-invalid');
    shown?.cancel();
    const login = (shown = board.qr.start({ element, logo: find(LOGO_ELEMENT_ID), server: SIGNAL_SERVER_URL || undefined }));
    login.credentials.then(
      ({ username, password }) => guard('generateQrCode', () => cb({ statusCode: 200, message: 'Success', username, password })),
      (error) => {
        if (shown === login) guard('generateQrCode', () => cb(refusal(error)));
      },
    );
    await login.drawn;
  });
}

/** Stops waiting for the code to be scanned. */
export function cancelQrCode(): Promise<Answer> {
  return answer(() => {
    const login = shown;
    shown = undefined;
    login?.cancel();
  });
}

function find(element: string | Element | null | undefined): Element | null {
  return typeof element === 'string' ? document.getElementById(element) : (element ?? null);
}

/** On the signed-in device: who asks, for the person to see before approving. Takes the scanned text or the code in it. */
export function getQrCodeRequest(CODE: string): Promise<AnswerWith<DeviceAsk>> {
  return answer(async ({ board }) => ({ data: await board.qr.request(need(CODE, 'CODE')) }));
}

/** On the signed-in device: lets the page that shows the code sign in. */
export function approveQrCode(CODE: string): Promise<Answer> {
  return answer(({ board }) => board.qr.approve(need(CODE, 'CODE')));
}

/** On the signed-in device: refuses it. */
export function rejectQrCode(CODE: string): Promise<Answer> {
  return answer(({ board }) => board.qr.refuse(need(CODE, 'CODE')));
}
