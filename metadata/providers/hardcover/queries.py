"""The questions we put to Hardcover: one top-level field each, three objects deep at most."""

ME = """query Me {
  me { id username }
}"""

EDITION = """id
    asin
    isbn_10
    isbn_13
    title
    subtitle
    audio_seconds
    reading_format_id
    edition_format
    edition_information
    release_date
    release_year
    users_count
    image { url }
    language { language }
    publisher { name }
    contributions { contribution author { id name slug } }
    book { id title slug canonical_id }"""

BY_ASIN = f"""query ByAsin($asin: String!) {{
  editions(where: {{asin: {{_eq: $asin}}}}, limit: 5) {{
    {EDITION}
  }}
}}"""

BY_ISBN_13 = f"""query ByIsbn13($isbn: String!) {{
  editions(where: {{isbn_13: {{_eq: $isbn}}}}, limit: 5) {{
    {EDITION}
  }}
}}"""

BY_ISBN_10 = f"""query ByIsbn10($isbn: String!) {{
  editions(where: {{isbn_10: {{_eq: $isbn}}}}, limit: 5) {{
    {EDITION}
  }}
}}"""

# 2 is audio, 3 is sold both as a book and as audio
AUDIO_EDITIONS = f"""query AudioEditions($ids: [Int!]!, $limit: Int!, $offset: Int!) {{
  editions(
    where: {{book_id: {{_in: $ids}}, reading_format_id: {{_in: [2, 3]}}}}
    order_by: [{{users_count: desc}}, {{id: asc}}]
    limit: $limit
    offset: $offset
  ) {{
    {EDITION}
  }}
}}"""

BOOKS = """query Books($ids: [Int!]!) {
  books(where: {id: {_in: $ids}}) {
    id
    title
    subtitle
    slug
    description
    canonical_id
    compilation
    release_date
    release_year
    users_count
    image { url }
    contributions { contribution author { id name } }
    book_series { position details featured series { id name } }
  }
}"""

FIND = """query Find($q: String!) {
  search(query: $q, query_type: "Book", per_page: 5, page: 1) {
    ids
    results
    error
  }
}"""

FIND_SERIES = """query FindSeries($q: String!) {
  search(query: $q, query_type: "Series", per_page: 10, page: 1) {
    ids
    results
    error
  }
}"""

FIND_AUTHOR = """query FindAuthor($q: String!) {
  search(query: $q, query_type: "Author", per_page: 10, page: 1) {
    ids
    results
    error
  }
}"""

# Those who narrated, translated or illustrated have contributions too: they are told apart when the answer is read.
AUTHOR_BOOKS = """query AuthorBooks($id: Int!, $limit: Int!, $offset: Int!) {
  books(
    where: {
      contributions: {author_id: {_eq: $id}}
      canonical_id: {_is_null: true}
      is_partial_book: {_eq: false}
    }
    order_by: [{users_count: desc}, {id: asc}]
    limit: $limit
    offset: $offset
  ) {
    id
    title
    subtitle
    slug
    release_date
    release_year
    users_count
    compilation
    contributions { contribution author { id name } }
    book_series { position details featured series { id name } }
  }
}"""

# Without `distinct_on: position`, which would collapse all books whose position is unknown into one.
SERIES_BOOKS = """query SeriesBooks($id: Int!) {
  series_by_pk(id: $id) {
    id
    name
    slug
    books_count
    primary_books_count
    is_completed
    canonical_id
    author { id name }
    book_series(
      order_by: [{position: asc}, {book: {users_count: desc}}]
      where: {book: {canonical_id: {_is_null: true}, is_partial_book: {_eq: false}}}
    ) {
      position
      details
      compilation
      book { id title subtitle slug release_date release_year users_count compilation }
    }
  }
}"""
