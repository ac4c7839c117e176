// The other side of `make bench-sockets`: Socket.IO as it comes, over WebSocket only. Rooms of two; what
// one says in a room that it is in, the other hears.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.on("join", (room, done) => {
    socket.join(room);
    done();
  });
  socket.on("signal", (room, text) => {
    if (socket.rooms.has(room)) socket.to(room).emit("signal", text);
  });
});

http.listen(0, "127.0.0.1", 4096, () => console.log(`port ${http.address().port}`));
