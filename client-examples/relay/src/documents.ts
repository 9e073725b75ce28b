// What the compiler reads. In an application with Babel these stand in the components that show
// them; here their compiled forms are imported from src/generated.
import { graphql } from 'relay-runtime';

export const page = graphql`
  query documentsPageQuery($count: Int!, $cursor: String) {
    ...documents_conversations @arguments(count: $count, cursor: $cursor)
  }
`;

export const conversations = graphql`
  fragment documents_conversations on Query
  @refetchable(queryName: "documentsNextPageQuery")
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }) {
    conversations(first: $count, after: $cursor) @connection(key: "documents_conversations") {
      edges {
        node {
          id
          title
          unreadCount
        }
      }
    }
  }
`;

export const added = graphql`
  subscription documentsAddedSubscription {
    messageAdded {
      id
      body
      conversation {
        id
        unreadCount
      }
    }
  }
`;
