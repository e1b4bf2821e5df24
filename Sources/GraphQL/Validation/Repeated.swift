/// The names that occur more than once, in the order of their first occurrence, with every place.
func repeated(_ names: [Name]) -> [(name: String, locations: [SourceLocation])] {
    var groups: [(name: String, locations: [SourceLocation])] = [], places: [String: Int] = [:]
    for name in names {
        if let place = places[name.text] {
            groups[place].locations.append(name.location)
        } else {
            places[name.text] = groups.count
            groups.append((name.text, [name.location]))
        }
    }
    return groups.filter { $0.locations.count > 1 }
}
