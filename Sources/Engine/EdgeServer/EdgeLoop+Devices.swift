// What the connections of a loop tell it, and what becomes of them at their end.
import Glibc
import Synchronization

extension EdgeLoop {
    /// The handshake is done.
    func opened(_ slot: ConnectionSlot, speaking spoken: DeviceProtocol, _ connection: DeviceConnection) {
        guard spoken != .controlRoom, let service = options.subscriptions else { return }
        connection.session = SubscriptionSession(service: service)
        if spoken == .notAcceptable {
            end(slot, .subprotocolNotAcceptable, connection)
        } else {
            shard.expectHello(slot, within: options.configuration.initialiseWithin, now: now)
        }
    }

    /// - Returns: the loop on which the device lives and its hello, if that is another one.
    func received(
        _ json: [UInt8], from slot: ConnectionSlot, _ connection: DeviceConnection
    ) -> (owner: Int, hello: DeviceMessage)? {
        guard connection.session != nil else {
            do { return try receive(DeviceMessage(json: json), from: slot, connection) } catch {
                failed(slot, error)
                return nil
            }
        }
        let anonymous = { "graphql-" + String(self.random.next(), radix: 36) }
        let steps = connection.session?.received(json, anonymous: anonymous(), memory: &memory, now: now.instant) ?? []
        for step in steps {
            switch step {
            case .say(let bytes): outbox.add(OutboundFrame(bytes: bytes), for: connection)
            // A hello comes alone.
            case .device(let message): if let moved = receive(message, from: slot, connection) { return moved }
            case .close(let close): end(slot, close, connection)
            }
        }
        return nil
    }

    func receive(
        _ message: DeviceMessage, from slot: ConnectionSlot, _ connection: DeviceConnection
    ) -> (owner: Int, hello: DeviceMessage)? {
        if case .hello(let device, let token, _, _) = message {
            if let isTokenValid = options.isTokenValid, !isTokenValid(device, token) {
                failed(slot, .unauthorised)
                return nil
            }
            let owner = loops.owner(of: device)
            if owner != number, shard.isUngreeted(slot) { return (owner, message) }
        }
        shard.received(message, from: slot, now: now)
        if case .hello = message, connection.session?.isAnonymous == true { shard.forgetAtEnd(slot) }
        return nil
    }

    private func end(_ slot: ConnectionSlot, _ close: SubscriptionClose, _ connection: DeviceConnection) {
        connection.session?.close = close
        failed(slot, close.code == CloseReason.tooMany.code ? .tooMany : .badMessage)
    }

    func heard(_ slot: ConnectionSlot) { shard.heard(slot, now: now) }

    func ponged(_ slot: ConnectionSlot) { shard.ponged(slot, now: now) }

    /// Everything the connection was due is with the kernel.
    func wrote(_ slot: ConnectionSlot) {
        // A broadcast is one long turn: the clock is read now and then, so that nobody is believed to have had it
        // sooner.
        writeCount += 1
        if writeCount % 64 == 0 { now = outside.time.now() }
        shard.wrote(slot, now: now.instant)
    }

    func pendingChanged(_ slot: ConnectionSlot, bytes: Int) { shard.pendingChanged(slot, bytes: bytes, now: now) }

    func failed(_ slot: ConnectionSlot, _ reason: CloseReason) { shard.end(slot, reason, now: now) }

    func disconnected(_ slot: ConnectionSlot) {
        if shard.connections.contains(slot) { slots[Int(slot.index)] = nil }
        shard.disconnected(slot, now: now)
    }

    func watch(_ connection: DeviceConnection, forWriting: Bool) {
        poller.watch(connection.socket, token: connection.token, forWriting: forWriting)
    }

    // MARK: The end

    /// Ends the TCP connection in a while, whatever the peer does.
    func closeLater(_ connection: DeviceConnection) { closing.append((connection, now.instant + Self.closeWithin)) }

    /// Ends the TCP connection now.
    func end(_ connection: DeviceConnection) {
        guard connections[Int(connection.socket)] === connection else { return }
        forget(connection)
        // The kernel takes a closed descriptor out of epoll.
        close(connection.socket)
        connection.ended()
    }

    func forget(_ connection: DeviceConnection) {
        connections[Int(connection.socket)] = nil
        connection.session?.ended(memory: &memory)
        openCount -= 1
        if connection.isRefused { refusedCount -= 1 } else { loops.connectionCount.subtract(1, ordering: .relaxed) }
    }
}
