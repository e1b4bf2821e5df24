/// How large a document we read, check and answer. At a limit the request is refused with an error that names it
/// (`extensions.code` is `LIMIT_EXCEEDED`), so that no text, however built, costs more than these figures allow.
public struct Limits: Hashable, Sendable {
    /// Tokens in a document. Reading stops at the first beyond it. It also bounds how far fragments can nest in
    /// fragments, hence the stack: not more than `tokenCountCeiling`, whatever is set.
    public var tokenCountMax = 2_000
    /// Fields inside fields, through fragments; what lies below `__schema` and `__type` is counted by
    /// `introspectionListDepthMax` instead, because the standard introspection query is deeper than any honest one.
    public var depthMax = 12
    /// Aliases written in a document.
    public var aliasCountMax = 30
    /// Directives written in a document.
    public var directiveCountMax = 50
    /// Fields of one operation with every fragment written out.
    public var complexityMax = 1_000
    /// Items of a list in a document or in the variables.
    public var listCountMax = 100
    /// Errors told of one request; the rest are left out.
    public var errorCountMax = 20
    /// Lists below one `__schema` or `__type`, inside one another (`fields { type { fields …`).
    public var introspectionListDepthMax = 2

    /// Braces, brackets and parentheses inside one another, in documents and variables. Fixed: it bounds the stack.
    static let nestingMax = 64
    static let tokenCountCeiling = 10_000
    /// Pairs of fields compared by Field Selection Merging. Fixed: it bounds the one rule that compares pairs.
    static let comparisonCountMax = 20_000

    public init() {}

    /// For documents of our own, such as schemas: nothing but the stack is protected.
    public static let ours = {
        var limits = Limits()
        limits.tokenCountMax = .max
        limits.depthMax = .max
        limits.aliasCountMax = .max
        limits.directiveCountMax = .max
        limits.complexityMax = .max
        limits.listCountMax = .max
        limits.errorCountMax = .max
        limits.introspectionListDepthMax = .max
        return limits
    }()
}
