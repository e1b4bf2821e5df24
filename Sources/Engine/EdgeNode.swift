/// An edge node as the bus sees it: real connections and the virtual audience behind one protocol.
///
/// It holds no reference to the engine. What it has to say it says with `NodeMessage`s over the bus.
public protocol EdgeNode: Sendable {
    var description: NodeDescription { get }
    /// Called on any thread; must return at once.
    func receive(_ message: RouterMessage)
}
