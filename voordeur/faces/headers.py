"""Security headers."""
def visitor_headers(get_response): return get_response
def desk_headers(get_response): return get_response
