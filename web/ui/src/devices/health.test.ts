import { describe, expect, it } from "vitest";
import { type Health, HealthWatch, type Vitals } from "./health";

type Microphone = Partial<Vitals["microphone"]>;
type Camera = Partial<Vitals["camera"]>;

/** Readings twice a second; each step says how many and how things stand. Gives the last word. */
function after(...steps: [readings: number, at: { microphone?: Microphone; camera?: Camera; frames?: boolean; visible?: boolean }][]): Health {
  const watch = new HealthWatch();
  let now = 0;
  let frames = 0;
  let health!: Health;
  for (const [readings, { microphone, camera, frames: moving = true, visible = true }] of steps)
    for (let i = 0; i < readings; i++) {
      if (moving) frames += 12;
      now += 500;
      health = watch.read(
        {
          microphone: { on: true, level: 0.3, held: false, alive: true, ...microphone },
          camera: { on: true, held: false, frames, ...camera },
          visible,
        },
        now,
      );
    }
  return health;
}

const well = { microphone: undefined, camera: undefined, talkingMuted: false };

describe("a microphone", () => {
  it("in a quiet room is well", () => {
    expect(after([60, { microphone: { level: 0.05 } }])).toEqual(well);
  });
  it("that gives nothing at all is dead after a while, not at once", () => {
    expect(after([12, { microphone: { level: 0, alive: false } }]).microphone).toBeUndefined();
    expect(after([30, { microphone: { level: 0, alive: false } }]).microphone).toBe("dead");
  });
  it("that is off, or cannot be measured, is not dead", () => {
    expect(after([60, { microphone: { on: false, level: 0, alive: false } }]).microphone).toBeUndefined();
    expect(after([60, { microphone: { level: undefined, alive: false } }]).microphone).toBeUndefined();
  });
  it("that the system holds back is told apart, and is well again when let go", () => {
    expect(after([6, { microphone: { held: true } }]).microphone).toBe("held");
    expect(after([6, { microphone: { held: true } }], [1, {}])).toEqual(well);
  });
});

describe("a camera", () => {
  it("without new pictures is dead, but not while nobody looks", () => {
    expect(after([2, {}], [8, { frames: false }]).camera).toBeUndefined();
    expect(after([2, {}], [20, { frames: false }]).camera).toBe("dead");
    expect(after([2, {}], [20, { frames: false, visible: false }]).camera).toBeUndefined();
    expect(after([2, {}], [20, { frames: false }], [1, {}])).toEqual(well);
  });
  it("whose pictures are not counted is believed", () => {
    expect(after([40, { camera: { frames: undefined } }])).toEqual(well);
  });
  it("that is off is not dead", () => {
    expect(after([40, { camera: { on: false }, frames: false }])).toEqual(well);
  });
});

describe("who speaks while muted", () => {
  const muted = (level: number): { microphone: Microphone } => ({ microphone: { on: false, level } });
  it("is told after a second of speech", () => {
    expect(after([1, muted(0.7)]).talkingMuted).toBe(false);
    expect(after([4, muted(0.7)]).talkingMuted).toBe(true);
  });
  it("is not told of a door that slams now and then", () => {
    expect(after([1, muted(0.9)], [4, muted(0.1)], [1, muted(0.9)], [4, muted(0.1)], [1, muted(0.9)]).talkingMuted).toBe(false);
  });
  it("is told no more when silent for a while, or heard", () => {
    expect(after([6, muted(0.7)], [10, muted(0.1)]).talkingMuted).toBe(false);
    expect(after([6, muted(0.7)], [1, {}]).talkingMuted).toBe(false);
  });
});
