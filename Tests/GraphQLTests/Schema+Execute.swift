import GraphQL

extension Schema {
    /// Reads, validates and executes a request in one go.
    func execute(_ request: Request, root: any Sendable = Value.null, limits: Limits = Limits()) -> Response {
        do {
            let document = try Document(parsing: request.query, limits: limits)
            let errors = validate(document, limits: limits)
            guard errors.isEmpty else { return Response(errors: errors) }
            let operation = try operation(
                in: document, named: request.operationName, variables: request.variables, limits: limits)
            return operation.execute(root: root)
        } catch let error as GraphQLError {
            return Response(errors: [error])
        } catch let refusal as RequestErrors {
            return Response(errors: refusal.errors)
        } catch {
            preconditionFailure("a request meets with nothing but errors of its own: \(error)")
        }
    }
}
