/**
 * Blurs the whole picture of a camera, here, with nothing fetched: it is shrunk to a handful of
 * points and drawn large again. Where tracks can be taken apart frame by frame that goes on while
 * the page is hidden; elsewhere a canvas does it. The sharp picture never leaves through here: when
 * something fails, there is no picture.
 */
export interface Blurred {
  track: MediaStreamTrack;
  stop: () => void;
}

/** So few that no face and no title on a shelf is left. */
const POINTS = 28;
const MIDDLE = 112;
const OUT_WIDTH_MAX = 640;
const FRAMES_PER_S = 15;

interface FrameSource {
  readable: ReadableStream<VideoFrame>;
}
interface FrameSink extends MediaStreamTrack {
  writable: WritableStream<VideoFrame>;
}
interface Streams {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack }) => FrameSource;
  MediaStreamTrackGenerator?: new (init: { kind: "video" }) => FrameSink;
}

export function blur(track: MediaStreamTrack): Blurred {
  const { MediaStreamTrackProcessor: Source, MediaStreamTrackGenerator: Sink } = globalThis as Streams;
  return Source && Sink ? byFrames(track, new Source({ track }), new Sink({ kind: "video" })) : byCanvas(track);
}

function byFrames(_track: MediaStreamTrack, source: FrameSource, sink: FrameSink): Blurred {
  const painter = new Painter();
  const over = new AbortController();
  const transform = new TransformStream<VideoFrame, VideoFrame>({
    transform(frame, controller) {
      const { timestamp } = frame;
      try {
        const painted = painter.paint(frame, frame.displayWidth, frame.displayHeight);
        controller.enqueue(new VideoFrame(painted, { timestamp }));
      } finally {
        frame.close();
      }
    },
  });
  source.readable
    .pipeThrough(transform, { signal: over.signal })
    .pipeTo(sink.writable, { signal: over.signal })
    .catch(() => sink.stop());
  return {
    track: sink,
    stop: () => {
      over.abort();
      sink.stop();
    },
  };
}

function byCanvas(track: MediaStreamTrack): Blurred {
  const painter = new Painter(document.createElement("canvas"));
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  void video.play().catch(() => {});
  const timer = setInterval(() => {
    if (video.videoWidth > 0) painter.paint(video, video.videoWidth, video.videoHeight);
  }, 1000 / FRAMES_PER_S);
  const [out] = (painter.canvas as HTMLCanvasElement).captureStream(FRAMES_PER_S).getVideoTracks();
  return {
    track: out!,
    stop: () => {
      clearInterval(timer);
      video.srcObject = null;
      out?.stop();
    },
  };
}

type Canvas = OffscreenCanvas | HTMLCanvasElement;

class Painter {
  readonly canvas: Canvas;
  readonly #points: Canvas;
  readonly #middle: Canvas;

  constructor(visible?: HTMLCanvasElement) {
    const make = (): Canvas => (visible ? document.createElement("canvas") : new OffscreenCanvas(1, 1));
    this.canvas = visible ?? make();
    this.#points = make();
    this.#middle = make();
  }

  paint(picture: CanvasImageSource, width: number, height: number): Canvas {
    const scaled = (to: number) => [to, Math.max(1, Math.round((to * height) / Math.max(1, width)))] as const;
    const outWidth = Math.min(OUT_WIDTH_MAX, width);
    draw(this.#points, picture, ...scaled(POINTS));
    draw(this.#middle, this.#points, ...scaled(MIDDLE));
    draw(this.canvas, this.#middle, ...scaled(outWidth - (outWidth % 2)));
    return this.canvas;
  }
}

function draw(canvas: Canvas, picture: CanvasImageSource, width: number, height: number): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (context === null) throw new Error("no canvas");
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
}
