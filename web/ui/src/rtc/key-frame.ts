/**
 * A whole picture at once. After a gap the other side can show nothing until one comes, and its own
 * asking may take seconds: what it asked while the way was gone is lost.
 */
type Options = { encodingOptions: { keyFrame: boolean }[] };
type Capable = { setParameters(parameters: RTCRtpSendParameters, options?: Options): Promise<void> };

/** Browsers that cannot be asked ignore it. */
export function sendWholePicture(sender: RTCRtpSender | undefined): void {
  if (sender === undefined || sender.track === null) return;
  const parameters = sender.getParameters?.();
  if (parameters?.encodings === undefined || parameters.encodings.length === 0) return;
  const encodingOptions = parameters.encodings.map(() => ({ keyFrame: true }));
  void (sender as Capable).setParameters(parameters, { encodingOptions }).catch(() => {});
}
