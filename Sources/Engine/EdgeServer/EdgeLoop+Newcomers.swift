import CEpoll
import Glibc
import Synchronization

/// Who is let in: from the listener, or from another loop of the node that met a device of this one.
extension EdgeLoop {
    func acceptSome() {
        guard isListenerReady, acceptAgainAt == nil else { return }
        isListenerReady = false
        // A node whose last devices have been told takes its leave of the port.
        if isStopping, !hasGoodbyes { return pauseAccepting() }
        for _ in 0..<Self.acceptsMax {
            guard refusedCount < Self.refusedMax || canTakeOne else { return pauseAccepting() }
            let socket = cr_accept(listener.descriptor)
            guard socket >= 0 else {
                // Another loop took it, or it is gone; anything else is the process's or the machine's limit.
                if ![EAGAIN, EINTR, ECONNABORTED].contains(errno) { pauseAccepting() }
                return
            }
            switch decide() {
            case .admit:
                guard let slot = shard.accept(now: now) else {
                    preconditionFailure("who is let in has a place in the shard")
                }
                _ = add(socket, slot)
            case .refuse(let retryAfter):
                guard let connection = add(socket, nil, retryAfter: retryAfter) else { continue }
                refusedCount += 1
                closeLater(connection)
            }
        }
    }

    /// The one place where it is decided who comes in; asked once a newcomer, before a byte of it is read.
    private func decide() -> ConnectDecision {
        let hasPlace = hasPlace
        let byPace: ConnectDecision = loops.pace.withLock { pace in
            if hasPlace, pace.admit(now: now.instant) { return .admit }
            return .refuse(retryAfter: pace.retryAfter(now: now.instant, using: &random))
        }
        // Traffic priority hears of everybody, so that a storm of reconnects is seen there, and may refuse whom the
        // pace lets in.
        guard let gate = options.gate else { return byPace }
        switch byPace {
        case .admit: return gate.newcomer().map { .refuse(retryAfter: Int(($0 + 999) / 1000)) } ?? .admit
        case .refuse:
            gate.newcomerHeldBack()
            return byPace
        }
    }

    private var hasPlace: Bool {
        !isStopping && shard.takesNewcomers && loops.connectionCount.load(ordering: .relaxed) < connectionsMax
            && !memoryRoom.isShort(now: now.instant)
    }

    private var canTakeOne: Bool { hasPlace && loops.pace.withLock { $0.hasRoom(now: now.instant) } }

    /// The listener stays readable while connections wait in the kernel; without this the loop would spin on it.
    private func pauseAccepting() {
        poller.remove(listener.descriptor)
        acceptAgainAt = now.instant + Self.acceptPause
    }

    /// - Returns: nil if the kernel has no room to watch it; then it is closed.
    private func add(
        _ socket: Int32, _ slot: ConnectionSlot?, retryAfter: Int? = nil, decoder: WebSocketFrameDecoder? = nil
    ) -> DeviceConnection? {
        connectionNumber += 1
        let token = connectionNumber << 32 | UInt64(UInt32(socket))
        guard poller.add(socket, token: token) else {
            if let slot { shard.disconnected(slot, now: now) }
            close(socket)
            return nil
        }
        let connection = DeviceConnection(
            self, socket: socket, token: token, slot: slot, retryAfter: retryAfter, decoder: decoder)
        while connections.count <= Int(socket) { connections.append(nil) }
        connections[Int(socket)] = connection
        openCount += 1
        if let slot {
            loops.connectionCount.add(1, ordering: .relaxed)
            while slots.count <= Int(slot.index) { slots.append(nil) }
            slots[Int(slot.index)] = connection
        }
        return connection
    }

    /// The device has said hello and lives on another loop.
    func depart(_ connection: DeviceConnection, _ arrival: LoopInbox.Arrival, to owner: Int) {
        poller.remove(connection.socket)
        forget(connection)
        connection.letGo()
        departures[owner].append(arrival)
    }

    /// Those whom this turn has met and other loops own.
    func sendDepartures() {
        for owner in departures.indices where !departures[owner].isEmpty {
            loops.inboxes[owner].put(departures[owner])
            departures[owner].removeAll(keepingCapacity: true)
        }
    }

    func adopt(_ arrival: LoopInbox.Arrival) {
        // A place that was freed in this turn is taken anew only after its goodbye is performed.
        if !shard.actions.isEmpty { perform() }
        let slot = isStopping ? nil : shard.accept(now: now)
        guard let connection = add(arrival.socket, slot, decoder: arrival.decoder) else { return }
        connection.session = arrival.session
        if !arrival.unsent.isEmpty { connection.write(arrival.unsent) }
        guard let slot else {
            // Cordoned or emptied since it was let in.
            refusedCount += 1
            if connection.sayGoodbye(goodbye(.draining, to: connection)) { closeLater(connection) }
            return
        }
        if let moved = receive(arrival.hello, from: slot, connection) {
            preconditionFailure("loop \(moved.owner) owns the device")
        }
        arrival.rest.withUnsafeBytes { connection.received($0) }
    }
}
