/** The host's picture: chosen, cut to a square that is seen before it is sent, and taken away again. */
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Avatar, Button, Card, Dialog, toast } from "../components";
import { type Crop, middleOf, moved, sideOf, squareOf, ZOOM_MAX, zoomed } from "./crop";
import { type MyHost, th } from "./words";

/** What is sent, pixels; the server makes its own sizes of it. */
const SENT = 1_024;
const SHOWN = 512;
const KINDS = "image/jpeg,image/png,image/webp";
const STEP = 0.05;

interface PictureProps {
  host: MyHost;
  onSaved: (host: MyHost) => void;
}

export function PictureCard({ host, onSaved }: PictureProps) {
  const input = useRef<HTMLInputElement>(null);
  const [image, setImage] = useState<ImageBitmap | null>(null);
  const [busy, setBusy] = useState(false);
  const picture = host.profile.profilePictureUrl;
  const close = () => {
    image?.close();
    setImage(null);
  };
  const chosen = async (file: File | undefined) => {
    if (input.current) input.current.value = ""; // the same file can be chosen again
    if (!file) return;
    try {
      setImage(await createImageBitmap(file));
    } catch {
      toast(th("picture.unreadable"));
    }
  };
  const change = async (work: () => Promise<MyHost>, done: string) => {
    setBusy(true);
    try {
      onSaved(await work());
      close();
      toast(done);
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  const send = (crop: Crop) =>
    void change(async () => {
      if (!image) throw new Error("no picture");
      return request<MyHost>("/api/me/host-picture", { method: "PUT", file: await cut(image, crop) });
    }, th("picture.saved"));
  const remove = () => void change(() => request<MyHost>("/api/me/host-picture", { method: "DELETE" }), th("picture.removed"));
  return (
    <Card title={th("picture.title")}>
      <div class="picture-row">
        <Avatar name={host.name} picture={picture} huge />
        <div class="stack-tight">
          <p class="quiet">{th("picture.hint")}</p>
          <div class="form-actions">
            <Button onClick={() => input.current?.click()}>{th(picture ? "picture.replace" : "picture.choose")}</Button>
            {picture && (
              <Button kind="danger-quiet" busy={busy && image === null} onClick={remove}>
                {th("picture.remove")}
              </Button>
            )}
          </div>
        </div>
      </div>
      <input
        ref={input}
        hidden
        type="file"
        accept={KINDS}
        aria-label={th("picture.choose")}
        onChange={(event) => void chosen(event.currentTarget.files?.[0])}
      />
      {image && <CropDialog image={image} busy={busy} onClose={close} onSend={send} />}
    </Card>
  );
}

interface CropProps {
  image: ImageBitmap;
  busy: boolean;
  onClose: () => void;
  onSend: (crop: Crop) => void;
}

function CropDialog({ image, busy, onClose, onSend }: CropProps) {
  const [crop, setCrop] = useState(() => middleOf(image.width, image.height));
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, image, crop);
  }, [image, crop]);
  const drag = (event: PointerEvent) => {
    if (event.buttons === 0 || !canvas.current) return;
    const perPixel = sideOf(crop) / canvas.current.clientWidth;
    setCrop(moved(crop, -event.movementX * perPixel, -event.movementY * perPixel));
  };
  const press = (event: KeyboardEvent) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx === 0 && dy === 0) return;
    event.preventDefault();
    const step = sideOf(crop) * STEP;
    setCrop(moved(crop, (dx ?? 0) * step, (dy ?? 0) * step));
  };
  return (
    <Dialog
      open
      title={th("picture.cut")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{th("cancel")}</Button>
          <Button kind="primary" busy={busy} onClick={() => onSend(crop)}>
            {th("picture.send")}
          </Button>
        </>
      }
    >
      <p class="quiet" id="crop-hint">
        {th("picture.cutHint")}
      </p>
      <div
        class="crop"
        role="application"
        tabIndex={0}
        aria-label={th("picture.part")}
        aria-describedby="crop-hint"
        onKeyDown={press}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
      >
        <canvas ref={canvas} width={SHOWN} height={SHOWN} aria-hidden="true" />
      </div>
      <label class="crop-zoom">
        <span>{th("picture.zoom")}</span>
        <input
          type="range"
          min={1}
          max={ZOOM_MAX}
          step={0.05}
          value={crop.zoom}
          onInput={(event) => setCrop(zoomed(crop, Number(event.currentTarget.value)))}
        />
      </label>
    </Dialog>
  );
}

function draw(canvas: HTMLCanvasElement, image: ImageBitmap, crop: Crop): void {
  const { left, top, side } = squareOf(crop);
  const paper = canvas.getContext("2d");
  if (!paper) return;
  paper.fillStyle = "#fff"; // what is clear in a picture
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

/** The part as a file. */
function cut(image: ImageBitmap, crop: Crop): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.min(SENT, Math.max(1, Math.round(sideOf(crop))));
  draw(canvas, image, crop);
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/jpeg", 0.92),
  );
}
